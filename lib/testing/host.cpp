#include <corduroy/testing/host.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/lower_case.hpp>
#include <corduroy/net/listener.hpp>
#include <corduroy/testing/world.hpp>

#include "testing/host_programs.hpp"
#include "testing/sim_network.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace corduroy::sim {

namespace {

net::Address to_net(Address address, std::uint16_t port) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    address.set_port(port);
    address.copy_to(reinterpret_cast<sockaddr*>(&storage), length);
    return {reinterpret_cast<const sockaddr*>(&storage), length};
}

// Time goes forward, and longer waits than these would end behind the end of the clock.
void check_time(std::string_view what, Duration time) {
    constexpr Duration most = std::chrono::hours(24 * 365);
    if (time < Duration::zero() || time > most)
        throw Error("a " + std::string(what) + " of " + duration_text(time) + " is not between 0 and a year");
}

void check_share(std::string_view what, double share) {
    if (!(share >= 0 && share <= 1))
        throw Error("a share of " + std::to_string(share) + " of connections that are " + std::string(what) +
                    " is not between 0 and 1");
}

Task<> serve_one(UniqueFunction<Task<>(net::Stream)>& handler, net::Stream stream) {
    auto outcome = co_await attempt(handler(std::move(stream)));
    if (outcome) co_return;
    try {
        outcome.failure().rethrow();
    } catch (const IoError&) {
        // The connection broke, which both ends have seen: it is no fault of the handler's.
    }
}

Task<> serve_streams(HostRecord& host, std::uint16_t port, UniqueFunction<Task<>(net::Stream)> handler) {
    net::Listener listener = co_await net::listen(net::Address::any_ipv6(port));
    host.starting.erase(host.starting.find(port));
    auto body = [&](TaskGroup& group) -> Task<> {
        for (;;) {
            net::Stream stream = co_await listener.accept();
            group.spawn(serve_one(handler, std::move(stream)));
        }
    };
    co_await with_task_group(body);
}

} // namespace

const std::string& Host::name() const noexcept { return record_.name; }
net::Address Host::ipv4(std::uint16_t port) const { return to_net(record_.ipv4, port); }
net::Address Host::ipv6(std::uint16_t port) const { return to_net(record_.ipv6, port); }

Host& Host::alias(std::string_view name) {
    world_.kernel().network().add_name(lower_case(name), record_);
    return *this;
}

Host& Host::addresses(const std::vector<net::Address>& list) {
    Network& network = world_.kernel().network();
    record_.answers.clear();
    for (const net::Address& given : list) {
        net::Address plain = given.with_port(0);
        Address address(plain.data(), plain.size());
        record_.answers.push_back(address);
        (address.family() == AF_INET ? record_.ipv4 : record_.ipv6) = address;
        network.add_address(address, record_);
    }
    return *this;
}

Host& Host::lookup_time(Duration time) {
    check_time("lookup time", time);
    record_.lookup_time = time;
    return *this;
}

Host& Host::lookup_hangs() {
    record_.lookup_time.reset();
    return *this;
}

Host& Host::fail_lookups(std::size_t count, std::string why) {
    record_.lookup_failures = count;
    record_.lookup_failure = std::move(why);
    return *this;
}

Host& Host::latency(Duration out, Duration in) {
    check_time("latency", out);
    check_time("latency", in);
    record_.out.latency = out;
    record_.in.latency = in;
    return *this;
}

Host& Host::jitter(Duration most) {
    check_time("jitter", most);
    record_.jitter = most;
    return *this;
}

Host& Host::bandwidth(double out, double in) {
    for (double bytes : {out, in})
        if (!(bytes >= 0)) throw Error("a bandwidth of " + std::to_string(bytes) + " bytes a second is less than none");
    record_.out.bandwidth = out;
    record_.in.bandwidth = in;
    return *this;
}

Host& Host::loss(double share) {
    if (!(share >= 0 && share < 1))
        throw Error("a loss of " + std::to_string(share) + " is no share from 0 to below 1");
    record_.loss = share;
    return *this;
}

Host& Host::fragment(std::size_t bytes) {
    if (bytes == 0) throw Error("pieces of no bytes would never bring anything");
    record_.fragment = bytes;
    return *this;
}

Host& Host::refuse_first(std::size_t count) {
    record_.refusals = count;
    return *this;
}

Host& Host::refuse(bool on) { return refuse_first(on ? HostRecord::never : 0); }

Host& Host::reset_after(std::size_t bytes) {
    record_.reset_after = bytes;
    return *this;
}

Host& Host::end_after(std::size_t bytes) {
    record_.end_after = bytes;
    return *this;
}

Host& Host::faults(const HostFaults& faults) {
    check_share("refused", faults.refuse);
    check_share("reset", faults.reset);
    check_share("ended", faults.end);
    record_.refuse_share = faults.refuse;
    record_.reset_share = faults.reset;
    record_.end_share = faults.end;
    return *this;
}

Host& Host::break_connections() {
    world_.kernel().network().break_connections(record_);
    return *this;
}

Host& Host::partition() {
    record_.cut = true;
    return *this;
}

Host& Host::partition(const Host& other) {
    record_.cut_from.insert(&other.record_);
    other.record_.cut_from.insert(&record_);
    return *this;
}

Host& Host::heal() {
    record_.cut = false;
    for (const HostRecord* other : std::exchange(record_.cut_from, {}))
        const_cast<HostRecord*>(other)->cut_from.erase(&record_);
    world_.kernel().network().healed();
    return *this;
}

Host& Host::accept(std::uint16_t port, UniqueFunction<Task<>(net::Stream)> handler) {
    record_.starting.insert(port);
    return run([&host = record_, port, handler = std::move(handler)]() mutable {
        return serve_streams(host, port, std::move(handler));
    });
}

Host& Host::run(UniqueFunction<Task<>()> program) {
    world_.programs().start(record_, std::move(program));
    return *this;
}

} // namespace corduroy::sim
