#pragma once

#include <corduroy/net/address.hpp>

#include <sys/socket.h>

namespace corduroy::testing {

// The descriptor of a stream, to which that is private: of those that have this peer, the first. -1 where none has.
inline int descriptor_of(const net::Address& peer) {
    for (int fd = 3; fd < 64; ++fd) {
        sockaddr_storage raw{};
        socklen_t length = sizeof raw;
        if (::getpeername(fd, reinterpret_cast<sockaddr*>(&raw), &length) != 0) continue;
        if (net::Address(reinterpret_cast<sockaddr*>(&raw), length) == peer) return fd;
    }
    return -1;
}

} // namespace corduroy::testing
