#pragma once

#include <corduroy/net/address.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace corduroy::testing {

// A port of 127.0.0.1 that nobody has at the moment, for a program that cannot choose one itself.
inline std::uint16_t free_port() {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    net::Address address = net::Address::loopback_ipv4(0);
    sockaddr_storage raw{};
    socklen_t length = sizeof raw;
    bool bound = fd >= 0 && ::bind(fd, address.data(), address.size()) == 0 &&
                 ::getsockname(fd, reinterpret_cast<sockaddr*>(&raw), &length) == 0;
    if (fd >= 0) ::close(fd);
    if (!bound) throw std::runtime_error("no port of 127.0.0.1 is free");
    return net::Address(reinterpret_cast<sockaddr*>(&raw), length).port();
}

// Returns when somebody listens there; throws after 20 s.
inline void wait_for_listener(std::uint16_t port, const std::string& whom) {
    net::Address address = net::Address::loopback_ipv4(port);
    for (int attempts = 0; attempts < 20'000; ++attempts) {
        int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool listens = ::connect(fd, address.data(), address.size()) == 0;
        ::close(fd);
        if (listens) return;
        ::usleep(1000);
    }
    throw std::runtime_error(whom + " does not listen");
}

} // namespace corduroy::testing
