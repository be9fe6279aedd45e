// How a connection to another host comes about: one way for the wish, one for the answer.

#include "testing/sim_socket.hpp"

namespace corduroy::sim {

namespace {

constexpr unsigned syn_attempts = 7; // after 1, 2, 4 … 64 s: tcp_syn_retries in tcp(7)
// A server that its host is about to start is asked again so soon.
constexpr Duration starting_time = std::chrono::milliseconds(1);
// Where a fault that was drawn strikes: somewhere in so many bytes.
constexpr std::size_t fault_range = 4096;

} // namespace

std::int32_t Socket::begin_handshake(HostRecord& target) {
    choose_source(target);
    state_ = State::connecting;
    send_syn(target, 0);
    return -EAGAIN;
}

void Socket::send_syn(HostRecord& target, unsigned attempt) {
    TimePoint arrival = network_.arrival(host_, target, 0);
    network_.timeline().schedule(arrival, [self = weak_from_this(), &target, attempt] {
        auto client = self.lock();
        if (client && client->state_ == State::connecting) client->syn_arrived(target, attempt);
    });
}

void Socket::syn_arrived(HostRecord& target, unsigned attempt) {
    auto later = [this](TimePoint when, auto what) {
        network_.timeline().schedule(when, [self = weak_from_this(), what] {
            auto client = self.lock();
            if (client && client->state_ == State::connecting) what(*client);
        });
    };
    network_.note("connect arrives", host_.number, target.number, remote_.port());
    Socket* server = network_.listener(target, remote_);
    bool cut = Network::cut(host_, target);
    if (!cut && server == nullptr && target.starting.contains(remote_.port()))
        return later(network_.now() + starting_time,
                     [&target, attempt](Socket& client) { client.syn_arrived(target, attempt); });
    if (cut || (server != nullptr && server->backlog_full())) {
        Duration wait = std::chrono::seconds(1u << attempt);
        if (attempt + 1 == syn_attempts)
            return later(network_.now() + wait, [](Socket& client) {
                client.state_ = State::fresh;
                client.error_ = ETIMEDOUT;
                client.changed();
            });
        return later(network_.now() + wait,
                     [&target, attempt](Socket& client) { client.send_syn(target, attempt + 1); });
    }
    TimePoint answer = network_.arrival(target, host_, 0);
    bool refused = server == nullptr;
    if (!refused && target.refusals > 0) {
        if (target.refusals != HostRecord::never) --target.refusals;
        refused = true;
    }
    if (refused || network_.chance(target.refuse_share)) {
        network_.note("refused", host_.number, target.number);
        return later(answer, [](Socket& client) {
            client.state_ = State::fresh;
            client.error_ = ECONNREFUSED;
            client.changed();
        });
    }
    Socket& accepted = server->admit(*this);
    link_ = std::make_shared<Link>(network_, host_, target, weak_from_this(), accepted.weak_from_this());
    accepted.link_ = std::make_shared<Link>(network_, target, host_, accepted.weak_from_this(), weak_from_this());
    link_->reset_after(host_.reset_after);
    link_->end_after(host_.end_after);
    draw_faults(target, *accepted.link_);
    later(answer, [](Socket& client) {
        client.state_ = State::connected;
        client.changed();
    });
}

void Socket::draw_faults(HostRecord& target, Link& answers) {
    answers.reset_after(network_.chance(target.reset_share) ? network_.below(fault_range) : target.reset_after);
    answers.end_after(network_.chance(target.end_share) ? network_.below(fault_range) : target.end_after);
}

} // namespace corduroy::sim
