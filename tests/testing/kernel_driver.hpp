#pragma once

#include <corduroy/kernel/kernel.hpp>
#include <corduroy/kernel/uring_kernel.hpp>
#include <corduroy/testing/sim_kernel.hpp>

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/un.h>
#include <vector>

namespace corduroy::testing {

using kernel::Completion;
using kernel::Kernel;
using kernel::Opcode;
using namespace std::chrono_literals;

// An operation that keeps its completions; with a log, also the order in which several complete.
struct Probe : kernel::Operation {
    explicit Probe(kernel::Description what = {}, std::vector<int>* log = nullptr, int name = 0)
        : Operation(&record), log_(log), name_(name) {
        description = what;
    }

    std::vector<Completion> completions;

    bool done() const { return !completions.empty() && !in_flight(); }
    int result() const { return completions.empty() ? -9999 : completions.back().result; }

private:
    static void record(Operation& operation, const Completion& completion) noexcept {
        auto& self = static_cast<Probe&>(operation);
        self.completions.push_back(completion);
        if (self.log_ != nullptr) self.log_->push_back(self.name_);
    }

    std::vector<int>* log_;
    int name_;
};

inline kernel::Description timer_at(TimePoint deadline) { return {.opcode = Opcode::timer, .deadline = deadline}; }
inline kernel::Description on(Opcode opcode, int fd) { return {.opcode = opcode, .fd = fd}; }
inline kernel::Description poll_of(int fd, unsigned events, bool multishot = false) {
    return {.opcode = Opcode::poll, .multishot = multishot, .fd = fd, .flags = events};
}
inline kernel::Description receive_into(int fd, std::span<char> bytes, unsigned flags = 0) {
    return {.opcode = Opcode::receive, .fd = fd, .data = bytes.data(), .length = bytes.size(), .flags = flags};
}
inline kernel::Description receive_provided(int fd) {
    return {.opcode = Opcode::receive, .provided_buffer = true, .fd = fd};
}
inline kernel::Description send_from(int fd, std::string_view bytes, unsigned flags = 0) {
    auto data = const_cast<char*>(bytes.data());
    return {.opcode = Opcode::send, .fd = fd, .data = data, .length = bytes.size(), .flags = flags | MSG_NOSIGNAL};
}

// Enters until the probe's last completion (or its n-th), for at most a minute of that kernel's time.
inline void finish(Kernel& kernel, Probe& probe, std::size_t count = 0) {
    TimePoint limit = kernel.now() + 60s;
    while (count == 0 ? probe.in_flight() : probe.completions.size() < count) {
        REQUIRE(kernel.now() < limit);
        kernel.enter(limit);
    }
}

// Lets all that can happen without waiting happen.
inline void settle(Kernel& kernel) {
    for (int turn = 0; turn < 4; ++turn) kernel.enter(TimePoint::min());
}

// One operation from beginning to end.
inline int perform(Kernel& kernel, const kernel::Description& description) {
    Probe probe(description);
    kernel.submit(probe);
    finish(kernel, probe);
    return probe.result();
}

inline int send_all(Kernel& kernel, int fd, std::string_view bytes) {
    return perform(kernel, send_from(fd, bytes, MSG_WAITALL));
}

// What one receive gives: the bytes, or "-ECONNRESET" and the like, or "" at the end.
inline std::string receive(Kernel& kernel, int fd, std::size_t length = 100, unsigned flags = 0) {
    std::string bytes(length, '\0');
    int result = perform(kernel, receive_into(fd, bytes, flags));
    if (result == -ECONNRESET) return "-ECONNRESET";
    if (result < 0) return "-" + std::to_string(-result);
    bytes.resize(static_cast<std::size_t>(result));
    return bytes;
}

inline std::uint16_t port_of(Kernel& kernel, int fd) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    REQUIRE(kernel.local_address(fd, reinterpret_cast<sockaddr*>(&address), length) == 0);
    return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                               : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

inline sockaddr_in ipv4(const char* text, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    REQUIRE(::inet_pton(AF_INET, text, &address.sin_addr) == 1);
    return address;
}

inline sockaddr_in6 ipv6(const char* text, std::uint16_t port) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    REQUIRE(::inet_pton(AF_INET6, text, &address.sin6_addr) == 1);
    return address;
}

template <class A>
const sockaddr* plain(const A& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

template <class A>
kernel::Description connect_to(int fd, A& address) {
    return {.opcode = Opcode::connect, .fd = fd, .data = &address, .length = sizeof address};
}

template <class A>
int listen_at(Kernel& kernel, const A& address, int backlog = 16) {
    int fd = kernel.socket(plain(address)->sa_family, SOCK_STREAM, 0);
    REQUIRE(fd >= 0);
    REQUIRE(kernel.bind(fd, plain(address), sizeof address) == 0);
    REQUIRE(kernel.listen(fd, backlog) == 0);
    return fd;
}

struct Pair {
    int a;
    int b;
};

inline Pair unix_pair(Kernel& kernel) {
    int ends[2];
    REQUIRE(kernel.socket_pair(AF_UNIX, SOCK_STREAM, ends) == 0);
    return {ends[0], ends[1]};
}

inline Pair tcp_pair(Kernel& kernel) {
    int listener = listen_at(kernel, ipv4("127.0.0.1", 0));
    auto address = ipv4("127.0.0.1", port_of(kernel, listener));
    int client = kernel.socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(perform(kernel, connect_to(client, address)) == 0);
    int server = perform(kernel, on(Opcode::accept, listener));
    REQUIRE(server >= 0);
    kernel.close_now(listener);
    return {client, server};
}

inline void close_all(Kernel& kernel, std::initializer_list<int> descriptors) {
    for (int fd : descriptors) kernel.close_now(fd);
}

} // namespace corduroy::testing
