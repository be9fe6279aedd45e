#pragma once

#include "testing/sim_byte_queue.hpp"
#include "testing/sim_link.hpp"
#include "testing/sim_network.hpp"

#include <map>
#include <vector>

namespace corduroy::sim {

// A stream socket, TCP or Unix, with Linux's manners as measured on the real ones. Within a host what it sends arrives
// at once in its peer's `incoming_`; to another host it goes by a Link.
class Socket final : public Object, public std::enable_shared_from_this<Socket> {
public:
    Socket(Network& network, int family)
        : Object(network.ready()), network_(network), host_(network.current_host()), local_(family), remote_(family) {}
    Socket(Network& network, int family, HostRecord& host)
        : Object(network.ready()), network_(network), host_(host), local_(family), remote_(family) {}
    ~Socket() override;

    // Makes one connection of two fresh sockets.
    static void join(const std::shared_ptr<Socket>& a, const std::shared_ptr<Socket>& b);

    bool listening() const noexcept { return state_ == State::listening; }
    bool only_ipv6() const noexcept;
    const Address& address() const noexcept { return local_; }
    HostRecord& host() const noexcept { return host_; }

    // What a Link brings from another host; and that there is more room in it.
    void arrived(std::span<const std::byte> bytes);
    void end_arrived();
    void reset();
    void fail(int error);
    void room_made() { changed(); }
    // Whether nobody will ever read what comes.
    bool deaf() const noexcept { return fin_sent_ && read_shut_; }

    std::uint32_t readiness() const noexcept override;
    std::int32_t receive(std::span<std::byte> bytes, int flags) override;
    std::int32_t send(std::span<const std::byte> bytes, int flags) override;
    bool more_to_receive() const noexcept override;
    std::int32_t read(std::span<std::byte> bytes, std::uint64_t) override { return receive(bytes, 0); }
    std::int32_t write(std::span<const std::byte> bytes, std::uint64_t) override { return send(bytes, 0); }
    std::int32_t accept(std::shared_ptr<Object>& connection) override;
    std::int32_t connect(const sockaddr* address, socklen_t length, bool begun) override;
    std::int32_t shutdown(int how) override;

    int bind(const sockaddr* address, socklen_t length) override;
    int listen(int backlog) override;
    int set_option(int level, int name, const void* value, socklen_t length) override;
    int get_option(int level, int name, void* value, socklen_t& length) override;
    int local_address(sockaddr* address, socklen_t& length) const override;
    int peer_address(sockaddr* address, socklen_t& length) const override;

private:
    enum class State : std::uint8_t { fresh, listening, connecting, connected };

    bool unix_domain() const noexcept { return local_.unix_domain(); }
    bool read_ended() const noexcept { return fin_received_ || read_shut_ || down_; }
    bool write_ended() const noexcept { return fin_sent_ || down_; }
    std::size_t room() const noexcept;
    int take_error() noexcept { return std::exchange(error_, 0); }
    int stored_option(int level, int name) const noexcept;

    std::int32_t send_unix(std::span<const std::byte> bytes);
    std::int32_t send_tcp(std::span<const std::byte> bytes);
    std::int32_t deliver(Socket& peer, std::span<const std::byte> bytes);
    void peer_left(bool reset);

    std::int32_t begin_connect(const Address& destination);
    void choose_source(HostRecord& target);
    // Across the network (sim_handshake.cpp).
    std::int32_t begin_handshake(HostRecord& target);
    void send_syn(HostRecord& target, unsigned attempt);
    void syn_arrived(HostRecord& target, unsigned attempt);
    void draw_faults(HostRecord& target, Link& answers);
    bool backlog_full() const noexcept { return backlog_.size() > backlog_limit_; }
    Socket& admit(Socket& client);
    void stop_listening();

    Network& network_;
    HostRecord& host_;
    State state_ = State::fresh;
    Address local_;
    Address remote_;
    bool bound_ = false;
    std::map<std::pair<int, int>, std::vector<std::byte>> options_;

    // Connected, or once so.
    std::weak_ptr<Socket> peer_;
    std::shared_ptr<Link> link_; // to a peer on another host
    ByteQueue incoming_;
    bool fin_received_ = false; // the peer will send no more
    bool end_sent_ = false;     // over the link
    bool fin_sent_ = false;     // nor shall we
    bool read_shut_ = false;    // SHUT_RD on our side, which TCP tells nobody
    bool down_ = false;         // a reset has ended both directions
    bool unaccepted_ = false;   // it waits in a backlog
    int error_ = 0;             // SO_ERROR: the next call fails with it, once

    // Listening. Whoever finds the backlog full waits in line.
    std::size_t backlog_limit_ = 0;
    std::deque<std::shared_ptr<Socket>> backlog_;
    std::deque<std::weak_ptr<Socket>> line_;
};

} // namespace corduroy::sim
