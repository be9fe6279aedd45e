#include "net/connection_race.hpp"

#include <corduroy/async/task_promise.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include "net/connect_socket.hpp"
#include "net/descriptor.hpp"
#include "net/socket_stream.hpp"

#include <algorithm>
#include <utility>

namespace corduroy::net {

ConnectionRace::ConnectionRace(Resolver& resolver, std::string host, std::uint16_t port, const ConnectOptions& options)
    : TimerNode([](TimerNode& timer) noexcept { static_cast<ConnectionRace&>(timer).go_on(); }), resolver_(resolver),
      host_(std::move(host)), port_(port), options_(options), reactor_(Reactor::current()),
      attempts_(host_ + ":" + std::to_string(port)) {}

ConnectionRace::~ConnectionRace() {
    reactor_.cancel_timer(*this);
    if (winner_ >= 0) reactor_.kernel().close_now(winner_);
}

Task<Stream> ConnectionRace::run() {
    Task<> lookup = look_up();
    set_.start(lookup);
    co_await set_.join();
    if (winner_ < 0) raise();
    co_return Stream(adopt_connected(std::exchange(winner_, -1), winner_address_, options_.no_delay));
}

void ConnectionRace::raise() {
    if (broken_) current_step.task->rethrow(broken_);
    if (set_.scope().cancelled()) {
        try {
            current_step.task->raise();
        } catch (Cancelled& cancelled) {
            cancelled.during(attempts_.empty() ? "look up " + host_ : attempts_.phase());
            throw;
        }
    }
    // Where an attempt threw, that is why; where addresses were tried, it does not matter how the look-up ended.
    for (Task<>& task : tasks_)
        if (const Failure& failure = task.promise().failure()) current_step.task->rethrow(failure);
    if (!attempts_.empty()) attempts_.raise();
    set_.raise_failures();
    throw ResolveError("look up " + host_ + " failed: it has no addresses");
}

Task<> ConnectionRace::look_up() {
    // However it ends: what was found needs to wait for nothing more.
    struct Over {
        ConnectionRace& race;
        ~Over() {
            if (race.tasks_.empty()) race.not_before_ = race.reactor_.now();
            race.go_on();
        }
    } over{*this};
    Task<> resolving = resolver_.resolve_each(host_, port_, *this);
    co_await std::move(resolving);
}

void ConnectionRace::found(std::vector<Address> addresses) {
    auto is_ipv6 = [](const Address& address) { return address.family() == AF_INET6; };
    if (addresses.empty()) return;
    bool first = !ipv6_.pending() && !other_.pending();
    bool any_ipv6 = std::ranges::any_of(addresses, is_ipv6);
    if (tasks_.empty()) {
        // The resolver's order within a batch counts; between batches IPv6 goes first.
        if (first || any_ipv6) ipv6_next_ = is_ipv6(addresses.front());
        if (any_ipv6)
            not_before_ = reactor_.now();
        else if (first)
            not_before_ = later(reactor_.now(), options_.resolution_delay);
    }
    for (const Address& address : addresses) (is_ipv6(address) ? ipv6_ : other_).addresses.push_back(address);
    go_on();
}

Address ConnectionRace::take_next() noexcept {
    if (!ipv6_.pending()) ipv6_next_ = false;
    if (!other_.pending()) ipv6_next_ = true;
    Family& family = std::exchange(ipv6_next_, !ipv6_next_) ? ipv6_ : other_;
    return family.addresses[family.tried++];
}

void ConnectionRace::go_on() noexcept {
    reactor_.cancel_timer(*this);
    if (set_.scope().cancelled()) return;
    TimePoint now = reactor_.now();
    try {
        while (pending() && not_before_ <= now) {
            tasks_.push_back(attempt(take_next()));
            set_.start(tasks_.back());
            not_before_ = later(now, options_.attempt_delay);
        }
    } catch (...) { // there is no memory for another attempt
        broken_ = Failure::current();
        return set_.scope().cancel("an attempt could not be begun");
    }
    if (pending()) reactor_.set_timer(*this, not_before_);
}

Task<> ConnectionRace::attempt(Address address) {
    std::size_t number = attempts_.begin(address);
    Task<int> connecting = connect_socket(address, options_);
    int fd = co_await std::move(connecting);
    if (fd >= 0) {
        Descriptor socket(reactor_.kernel(), fd);
        if (winner_ >= 0) co_return; // two succeeded in one turn
        winner_ = socket.release();
        winner_address_ = address;
        set_.scope().cancel("another address of the host answered first");
        co_return;
    }
    attempts_.failed(number, -fd);
    not_before_ = reactor_.now();
    go_on();
}

} // namespace corduroy::net
