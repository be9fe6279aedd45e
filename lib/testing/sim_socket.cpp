#include "testing/sim_socket.hpp"

#include <algorithm>
#include <poll.h>

namespace corduroy::sim {

Socket::~Socket() {
    stop_listening();
    if (bound_) network_.leave(*this);
    auto peer = peer_.lock();
    if ((peer || link_) && !down_) {
        // Linux resets a connection that is closed over unread data: the peer is not to think that all was received.
        auto linger = options_.find({SOL_SOCKET, SO_LINGER});
        bool abort = !unix_domain() && linger != options_.end() && stored_option(SOL_SOCKET, SO_LINGER) != 0 &&
                     linger->second.size() >= sizeof(::linger) &&
                     reinterpret_cast<const ::linger*>(linger->second.data())->l_linger == 0;
        abort = abort || unaccepted_ || !incoming_.empty() || state_ == State::connecting;
        if (!link_)
            peer->peer_left(abort);
        else if (abort)
            link_->reset();
        else if (!fin_sent_)
            link_->end();
    }
}

void Socket::join(const std::shared_ptr<Socket>& a, const std::shared_ptr<Socket>& b) {
    a->peer_ = b;
    b->peer_ = a;
    a->state_ = b->state_ = State::connected;
}

// ---- a connection ----

std::size_t Socket::room() const noexcept {
    auto peer = peer_.lock();
    if (!peer) return network_.stream_buffer();
    std::size_t held = link_ ? link_->outstanding() : peer->incoming_.size();
    return held < network_.stream_buffer() ? network_.stream_buffer() - held : 0;
}

std::uint32_t Socket::readiness() const noexcept {
    std::uint32_t events = 0;
    switch (state_) {
    case State::fresh:
        return POLLOUT | POLLWRNORM | POLLHUP;
    case State::connecting:
        return 0;
    case State::listening:
        return backlog_.empty() ? 0 : POLLIN | POLLRDNORM;
    case State::connected:
        break;
    }
    if (read_ended() && write_ended()) events |= POLLHUP;
    if (read_ended()) events |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (!incoming_.empty()) events |= POLLIN | POLLRDNORM;
    if (write_ended() || room() > 0) events |= POLLOUT | POLLWRNORM;
    if (error_ != 0) events |= POLLERR;
    return events;
}

bool Socket::more_to_receive() const noexcept { return !incoming_.empty() || fin_received_; }

std::int32_t Socket::receive(std::span<std::byte> bytes, int flags) {
    if (state_ == State::connecting) return -EAGAIN;
    if (state_ != State::connected) return unix_domain() ? -EINVAL : -ENOTCONN;
    if (!incoming_.empty()) {
        bytes = bytes.first(std::min(bytes.size(), incoming_.size()));
        incoming_.peek(bytes);
        if ((flags & MSG_PEEK) == 0 && !bytes.empty()) {
            incoming_.drop(bytes.size());
            auto peer = peer_.lock();
            if (peer && peer->link_)
                peer->link_->taken(bytes.size());
            else if (peer)
                peer->changed();
        }
        return static_cast<std::int32_t>(bytes.size());
    }
    // The two families look at the same things in different order.
    if (unix_domain()) {
        if (error_ != 0) return -take_error();
        return read_ended() ? 0 : -EAGAIN;
    }
    if (fin_received_) return 0;
    if (error_ != 0) return -take_error();
    return read_ended() ? 0 : -EAGAIN;
}

std::int32_t Socket::send(std::span<const std::byte> bytes, int) {
    return unix_domain() ? send_unix(bytes) : send_tcp(bytes);
}

std::int32_t Socket::send_unix(std::span<const std::byte> bytes) {
    if (state_ != State::connected) return -ENOTCONN;
    auto peer = peer_.lock();
    if (write_ended() || !peer) return -EPIPE;
    return deliver(*peer, bytes);
}

std::int32_t Socket::send_tcp(std::span<const std::byte> bytes) {
    if (state_ == State::connecting) return -EAGAIN;
    if (state_ != State::connected) return -EPIPE;
    if (error_ != 0) return -take_error();
    if (write_ended()) return -EPIPE;
    auto peer = peer_.lock();
    if (link_) {
        bytes = bytes.first(std::min(bytes.size(), room()));
        if (bytes.empty()) return -EAGAIN;
        link_->send(bytes);
        return static_cast<std::int32_t>(bytes.size());
    }
    if (!peer || peer->deaf()) {
        // Nobody is there to read. The bytes leave; what comes back is a reset, which the call after this one will see.
        if (peer) peer->reset();
        reset();
        return static_cast<std::int32_t>(bytes.size());
    }
    return deliver(*peer, bytes);
}

std::int32_t Socket::deliver(Socket& peer, std::span<const std::byte> bytes) {
    if (bytes.empty()) return 0;
    bytes = bytes.first(std::min(bytes.size(), room()));
    if (bytes.empty()) return -EAGAIN;
    peer.arrived(bytes);
    return static_cast<std::int32_t>(bytes.size());
}

void Socket::arrived(std::span<const std::byte> bytes) {
    if (down_) return;
    incoming_.append(bytes);
    changed();
}

void Socket::end_arrived() {
    fin_received_ = true;
    changed();
}

// A reset arrives (TCP). Bytes that came before it can still be read.
void Socket::reset() {
    if (!down_) fail(fin_received_ ? EPIPE : ECONNRESET);
}

void Socket::fail(int error) {
    error_ = error;
    down_ = true;
    changed();
}

// The last descriptor of the peer was closed.
void Socket::peer_left(bool reset) {
    if (unix_domain()) {
        fin_received_ = fin_sent_ = true;
        if (reset) error_ = ECONNRESET;
        changed();
    } else if (reset) {
        this->reset();
    } else {
        fin_received_ = true;
        changed();
    }
}

std::int32_t Socket::shutdown(int how) {
    if (how < SHUT_RD || how > SHUT_RDWR) return -EINVAL;
    bool reading = how != SHUT_WR;
    bool writing = how != SHUT_RD;
    if (state_ == State::listening) {
        if (reading) {
            stop_listening();
            changed();
        }
        return 0;
    }
    if (state_ != State::connected) return unix_domain() ? 0 : -ENOTCONN;
    if (!unix_domain() && (down_ || (fin_sent_ && fin_received_))) return -ENOTCONN;

    auto peer = peer_.lock();
    if (reading) read_shut_ = true;
    if (writing) fin_sent_ = true;
    bool ended_before = link_ && std::exchange(end_sent_, end_sent_ || writing);
    if (link_ && writing && !ended_before) link_->end();
    if (peer && writing && !link_) peer->fin_received_ = true;
    if (peer && reading && unix_domain()) peer->fin_sent_ = true;
    changed();
    if (peer) peer->changed();
    return 0;
}

// ---- making connections ----

int Socket::bind(const sockaddr* address, socklen_t length) {
    if (int error = Address::check(local_.family(), address, length); error != 0) return error;
    if (bound_ || state_ != State::fresh) return -EINVAL;
    Address wanted(address, length);
    if (int error = network_.bind(*this, wanted); error != 0) return error;
    local_ = wanted;
    bound_ = true;
    return 0;
}

int Socket::listen(int backlog) {
    if (state_ != State::fresh && state_ != State::listening) return -EINVAL;
    if (!bound_) {
        if (unix_domain()) return -EINVAL;
        if (int error = network_.bind(*this, local_); error != 0) return error;
        bound_ = true;
    }
    state_ = State::listening;
    backlog_limit_ = static_cast<std::size_t>(backlog < 0 ? SOMAXCONN : std::min(backlog, SOMAXCONN));
    return 0;
}

std::int32_t Socket::connect(const sockaddr* address, socklen_t length, bool begun) {
    if (begun) {
        if (error_ != 0) return -take_error();
        return state_ == State::connected ? 0 : -EAGAIN;
    }
    if (int error = Address::check(local_.family(), address, length); error != 0) return error;
    switch (state_) {
    case State::connected:
        return -EISCONN;
    case State::connecting:
        return -EALREADY;
    case State::listening:
        return unix_domain() ? -EINVAL : -EISCONN;
    case State::fresh:
        break;
    }
    Address destination(address, length);
    return begin_connect(destination.unspecified() ? destination.loopback() : destination);
}

std::int32_t Socket::begin_connect(const Address& destination) {
    // Not the ambient host, which is none where the operation is taken up late.
    bool within = unix_domain() || destination.unmapped().loops_back();
    HostRecord& target = within ? host_ : network_.host_at(destination);
    remote_ = destination;
    if (&target != &host_) return begin_handshake(target);
    Socket* server = network_.listener(host_, destination);
    if (server == nullptr)
        return destination.pathname() && !network_.bound(host_, destination) ? -ENOENT : -ECONNREFUSED;
    choose_source(target);
    if (!server->backlog_full()) {
        server->admit(*this);
        return 0;
    }
    state_ = State::connecting;
    server->line_.push_back(weak_from_this());
    return -EAGAIN;
}

void Socket::choose_source(HostRecord& target) {
    if (bound_ || unix_domain()) return;
    bool over_ipv4 = remote_.unmapped().family() == AF_INET;
    if (&target != &host_)
        local_ = over_ipv4 ? host_.ipv4 : host_.ipv6;
    else
        local_ = over_ipv4 ? remote_.unmapped().loopback() : remote_.loopback();
    if (remote_.family() == AF_INET6) local_ = local_.mapped();
    local_.set_port(network_.ephemeral_port());
}

Socket& Socket::admit(Socket& client) {
    auto connection = std::make_shared<Socket>(network_, local_.family(), host_);
    // The server sees addresses of its own socket's family.
    bool ipv6 = local_.family() == AF_INET6;
    connection->local_ = ipv6 ? client.remote_.mapped() : client.remote_.unmapped();
    connection->remote_ = ipv6 ? client.local_.mapped() : client.local_.unmapped();
    connection->unaccepted_ = true;
    Socket& server = *connection;
    bool at_once = &client.host_ == &host_;
    join(connection, client.shared_from_this());
    if (!at_once) client.state_ = State::connecting; // until the answer has come
    backlog_.push_back(std::move(connection));
    changed();
    if (at_once) client.changed();
    return server;
}

std::int32_t Socket::accept(std::shared_ptr<Object>& connection) {
    if (state_ != State::listening) return -EINVAL;
    if (backlog_.empty()) return -EAGAIN;
    backlog_.front()->unaccepted_ = false;
    connection = std::move(backlog_.front());
    backlog_.pop_front();
    while (!line_.empty() && !backlog_full()) {
        auto client = line_.front().lock();
        line_.pop_front();
        if (client && client->state_ == State::connecting) admit(*client);
    }
    return 0;
}

void Socket::stop_listening() {
    if (state_ != State::listening) return;
    state_ = State::fresh;
    backlog_.clear();
    for (const auto& waiting : line_) {
        auto client = waiting.lock();
        if (!client || client->state_ != State::connecting) continue;
        client->state_ = State::fresh;
        client->error_ = ECONNREFUSED;
        client->changed();
    }
    line_.clear();
}

// ---- names and options ----

int Socket::local_address(sockaddr* address, socklen_t& length) const {
    local_.copy_to(address, length);
    return 0;
}

int Socket::peer_address(sockaddr* address, socklen_t& length) const {
    bool over = !unix_domain() && (down_ || (fin_sent_ && fin_received_));
    if (state_ != State::connected || over) return -ENOTCONN;
    remote_.copy_to(address, length);
    return 0;
}

int Socket::stored_option(int level, int name) const noexcept {
    int value = 0;
    auto found = options_.find({level, name});
    if (found != options_.end())
        std::memcpy(&value, found->second.data(), std::min(sizeof value, found->second.size()));
    return value;
}

bool Socket::only_ipv6() const noexcept { return stored_option(IPPROTO_IPV6, IPV6_V6ONLY) != 0; }

int Socket::set_option(int level, int name, const void* value, socklen_t length) {
    auto bytes = static_cast<const std::byte*>(value);
    options_[{level, name}].assign(bytes, bytes + length);
    return 0;
}

int Socket::get_option(int level, int name, void* value, socklen_t& length) {
    int answer = stored_option(level, name);
    if (level == SOL_SOCKET) {
        switch (name) {
        case SO_ERROR:
            answer = take_error();
            break;
        case SO_DOMAIN:
            answer = local_.family();
            break;
        case SO_TYPE:
            answer = SOCK_STREAM;
            break;
        case SO_PROTOCOL:
            answer = unix_domain() ? 0 : IPPROTO_TCP;
            break;
        case SO_ACCEPTCONN:
            answer = listening() ? 1 : 0;
            break;
        default:
            break;
        }
    }
    auto found = options_.find({level, name});
    if (found != options_.end() && found->second.size() > sizeof answer) {
        length = std::min(length, static_cast<socklen_t>(found->second.size()));
        std::memcpy(value, found->second.data(), length);
        return 0;
    }
    length = std::min(length, static_cast<socklen_t>(sizeof answer));
    std::memcpy(value, &answer, length);
    return 0;
}

} // namespace corduroy::sim
