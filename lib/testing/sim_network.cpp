#include "testing/sim_network.hpp"

#include "testing/ambient_host.hpp"
#include "testing/sim_socket.hpp"

#include <algorithm>
#include <utility>

#include <string_view>

namespace corduroy::sim {

namespace {

// A Unix address of the abstract kind, as binding to a nameless address gives: five hexadecimal digits, unix(7).
Address abstract_name(unsigned number) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    for (int digit = 5; digit >= 1; --digit, number /= 16) address.sun_path[digit] = "0123456789abcdef"[number % 16];
    return {reinterpret_cast<const sockaddr*>(&address), offsetof(sockaddr_un, sun_path) + 6};
}

// Whether an IPv6 socket at this address hears IPv4 too.
bool hears_both(const Socket& socket, const Address& address) {
    return address.family() == AF_INET6 && address.unspecified() && !socket.only_ipv6();
}

bool overlap(const Socket& a, const Address& at_a, const Socket& b, const Address& at_b) {
    if (at_a.unix_domain() || at_b.unix_domain()) return at_a.key() == at_b.key();
    if (at_a.port() != at_b.port()) return false;
    if (at_a.family() != at_b.family()) return hears_both(a, at_a) || hears_both(b, at_b);
    return at_a.unspecified() || at_b.unspecified() || at_a.key() == at_b.key();
}

// The n-th address of the block that hosts are given theirs from.
Address block_ipv4(unsigned number) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(0x0a00'0000u + number + 1);
    return {reinterpret_cast<const sockaddr*>(&address), sizeof address};
}

Address block_ipv6(unsigned number) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr.s6_addr[0] = 0xfd;
    std::uint32_t last = htonl(number + 1);
    std::memcpy(&address.sin6_addr.s6_addr[12], &last, sizeof last);
    return {reinterpret_cast<const sockaddr*>(&address), sizeof address};
}

Duration time_of(std::size_t bytes, double bandwidth) {
    if (bandwidth <= 0) return {};
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(static_cast<double>(bytes) / bandwidth));
}

} // namespace

Network::Network(ReadyQueue& ready, std::size_t stream_buffer, const TimePoint& now, Timeline& timeline, EventLog& log,
                 Random& choices)
    : ready_(ready), stream_buffer_(stream_buffer), now_(now), timeline_(timeline), log_(log), choices_(choices) {
    host("localhost");
}

Network::~Network() {
    links_.for_each([](Link& link) { link.unlink(); });
}

// ---- hosts ----

HostRecord& Network::host(std::string_view name) {
    if (auto found = names_.find(name); found != names_.end()) return *found->second;
    auto number = static_cast<unsigned>(hosts_.size());
    HostRecord& made = *hosts_.emplace_back(std::make_unique<HostRecord>());
    made.name = name;
    made.number = number;
    made.ipv4 = block_ipv4(number);
    made.ipv6 = block_ipv6(number);
    made.answers = {made.ipv4};
    add_address(made.ipv4, made);
    add_address(made.ipv6, made);
    add_name(name, made);
    return made;
}

void Network::add_name(std::string_view name, HostRecord& host) { names_.insert_or_assign(std::string(name), &host); }

void Network::add_address(const Address& address, HostRecord& host) { addresses_[address.key()] = &host; }

HostRecord& Network::host_at(const Address& address) const noexcept {
    Address plain = address.unmapped();
    plain.set_port(0);
    auto found = addresses_.find(plain.key());
    return found != addresses_.end() ? *found->second : *hosts_.front();
}

HostRecord& Network::current_host() const noexcept {
    HostRecord* host = ambient_host.get();
    return host != nullptr ? *host : *hosts_.front();
}

kernel::NameAnswer Network::look_up(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    auto found = names_.find(name);
    note("look up", found == names_.end() ? -1 : static_cast<int>(found->second->number));
    if (found == names_.end()) return {{}, "no such host", Duration::zero()};
    HostRecord& host = *found->second;
    kernel::NameAnswer answer{{}, "it has no addresses", host.lookup_time};
    if (host.lookup_failures > 0) {
        --host.lookup_failures;
        answer.failure = host.lookup_failure;
        return answer;
    }
    for (const Address& address : host.answers) {
        auto& bytes = answer.addresses.emplace_back();
        socklen_t length = sizeof bytes;
        address.copy_to(reinterpret_cast<sockaddr*>(&bytes), length);
    }
    return answer;
}

TimePoint Network::arrival(HostRecord& from, HostRecord& to, std::size_t bytes) {
    TimePoint time = std::max(now_, from.out.free) + time_of(bytes, from.out.bandwidth);
    from.out.free = time;
    time += from.out.latency + to.in.latency;
    if (Duration jitter = from.jitter + to.jitter; jitter > Duration::zero())
        time += Duration(choices_.below(static_cast<std::uint64_t>(jitter.count()) + 1));
    // What was lost is sent again after Linux's least retransmission time-out, and each time later.
    double loss = from.loss + to.loss - from.loss * to.loss;
    for (Duration again = std::chrono::milliseconds(200); chance(loss); again *= 2) {
        note("fault: lost", from.number, to.number);
        time += again;
    }
    time = std::max(time, to.in.free) + time_of(bytes, to.in.bandwidth);
    if (to.in.bandwidth > 0) to.in.free = time;
    return time;
}

bool Network::cut(const HostRecord& a, const HostRecord& b) noexcept {
    return a.cut || b.cut || a.cut_from.contains(&b) || b.cut_from.contains(&a);
}

void Network::healed() {
    for (auto& link : std::exchange(stalled_, {})) link->heal(); // those whose way is still cut stall anew
}

void Network::break_connections(const HostRecord& host) {
    links_.for_each([&](Link& link) {
        if (link.touches(host)) link.break_connection();
    });
}

// ---- who listens where ----

int Network::bind(Socket& socket, Address& address) {
    if (address.unnamed()) {
        do address = abstract_name(next_name_++);
        while (bound(socket.host(), address));
    } else if (!address.unix_domain() && address.port() == 0) {
        int tries = last_port - first_port + 1;
        do address.set_port(ephemeral_port());
        while (taken(socket, address) && --tries > 0);
    }
    if (taken(socket, address)) return -EADDRINUSE;
    bound_.emplace(key(socket.host(), address), &socket);
    return 0;
}

bool Network::taken(const Socket& socket, const Address& address) const noexcept {
    for (const auto& [place, other] : bound_)
        if (&socket.host() == &other->host() && overlap(socket, address, *other, other->address())) return true;
    return false;
}

void Network::leave(Socket& socket) noexcept {
    auto found = bound_.find(key(socket.host(), socket.address()));
    if (found != bound_.end() && found->second == &socket) bound_.erase(found);
}

Socket* Network::listening_at(const HostRecord& host, const Address& address) const noexcept {
    auto found = bound_.find(key(host, address));
    return found != bound_.end() && found->second->listening() ? found->second : nullptr;
}

Socket* Network::listener(const HostRecord& host, const Address& destination) const noexcept {
    if (destination.unix_domain()) return listening_at(host, destination);
    Address address = destination.unmapped();
    if (Socket* exact = listening_at(host, address)) return exact;
    if (Socket* any = listening_at(host, address.any())) return any;
    if (address.family() == AF_INET6) return nullptr;
    if (Socket* exact = listening_at(host, address.mapped())) return exact;
    Socket* both = listening_at(host, address.mapped().any());
    return both != nullptr && !both->only_ipv6() ? both : nullptr;
}

std::uint16_t Network::ephemeral_port() noexcept {
    std::uint16_t port = next_port_;
    next_port_ = port == last_port ? first_port : static_cast<std::uint16_t>(port + 1);
    return port;
}

} // namespace corduroy::sim
