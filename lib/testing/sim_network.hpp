#pragma once

#include "testing/sim_address.hpp"
#include "testing/sim_object.hpp"

#include <map>
#include <string>

namespace corduroy::sim {

class Socket;

// Who is bound to which address. Sockets register and leave by themselves.
class Network {
public:
    static constexpr std::uint16_t first_port = 32768, last_port = 60999; // Linux's ip_local_port_range

    Network(ReadyQueue& ready, std::size_t stream_buffer) : ready_(ready), stream_buffer_(stream_buffer) {}

    ReadyQueue& ready() const noexcept { return ready_; }
    std::size_t stream_buffer() const noexcept { return stream_buffer_; }

    // Enters the socket under the address, having chosen a port where it is 0 and a name where a Unix address has none.
    // 0, or -EADDRINUSE.
    int bind(Socket& socket, Address& address);
    void leave(Socket& socket) noexcept;

    // The listening socket that a connection to this address reaches, or null.
    Socket* listener(const Address& destination) const noexcept;
    bool bound(const Address& address) const noexcept { return bound_.contains(address.key()); }

    // The next port of the ephemeral range, round and round.
    std::uint16_t ephemeral_port() noexcept;

private:
    bool taken(const Socket& socket, const Address& address) const noexcept;
    Socket* listening_at(const Address& address) const noexcept;

    ReadyQueue& ready_;
    std::size_t stream_buffer_;
    std::map<std::string, Socket*> bound_;
    std::uint16_t next_port_ = first_port;
    unsigned next_name_ = 0;
};

} // namespace corduroy::sim
