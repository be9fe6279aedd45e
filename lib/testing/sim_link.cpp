#include "testing/sim_link.hpp"

#include "testing/sim_network.hpp"
#include "testing/sim_socket.hpp"

#include <algorithm>

namespace corduroy::sim {

namespace {

// Pieces of a stream that is cut up come one by one.
constexpr Duration between_fragments = std::chrono::microseconds(1);
// How long Linux sends bytes again that nobody acknowledges: tcp_retries2 in tcp(7).
constexpr Duration retransmission_time = std::chrono::milliseconds(924'600);

} // namespace

void Link::send(std::span<const std::byte> bytes) {
    std::size_t piece = std::min(from_.fragment, to_.fragment);
    while (!bytes.empty()) {
        std::size_t size = std::min(piece, bytes.size());
        push(Kind::bytes, bytes.first(size));
        bytes = bytes.subspan(size);
    }
}

void Link::push(Kind kind, std::span<const std::byte> bytes) {
    TimePoint arrival = network_.arrival(from_, to_, bytes.size());
    bool cut_up = std::min(from_.fragment, to_.fragment) != HostRecord::never && kind == Kind::bytes;
    arrival = std::max(arrival, cut_up ? last_ + between_fragments : last_);
    last_ = arrival;
    in_flight_ += bytes.size();
    segments_.push_back({arrival, kind, {bytes.begin(), bytes.end()}});
    network_.timeline().schedule(arrival, [self = shared_from_this()] { self->advance(); });
}

void Link::advance() {
    if (stalled_ || segments_.empty()) return;
    if (Network::cut(from_, to_)) {
        stalled_ = true;
        network_.note("stalled", from_.number, to_.number);
        network_.stall(shared_from_this());
        giving_up_ = network_.timeline().schedule(network_.now() + retransmission_time, [self = shared_from_this()] {
            if (auto sender = self->sender_.lock()) sender->fail(ETIMEDOUT);
        });
        return;
    }
    while (!segments_.empty() && segments_.front().arrival <= network_.now()) {
        Segment segment = std::move(segments_.front());
        segments_.pop_front();
        in_flight_ -= segment.bytes.size();
        if (!over_) deliver(segment);
        if (auto sender = sender_.lock()) sender->room_made();
    }
}

void Link::heal() {
    stalled_ = false;
    network_.timeline().withdraw(giving_up_);
    network_.timeline().schedule(network_.now() + from_.out.latency + to_.in.latency,
                                 [self = shared_from_this()] { self->advance(); });
}

void Link::deliver(const Segment& segment) {
    static constexpr const char* names[] = {"arrive", "end", "reset"};
    network_.note(names[static_cast<int>(segment.kind)], from_.number, to_.number, segment.bytes.size());
    auto receiver = receiver_.lock();
    if (segment.kind != Kind::bytes) {
        over_ = true;
        if (!receiver) return;
        if (segment.kind == Kind::end)
            receiver->end_arrived();
        else
            receiver->reset();
        return;
    }
    if (!receiver || receiver->deaf()) {
        // Nobody is there to read: the sender hears of it by a reset.
        network_.timeline().schedule(network_.arrival(to_, from_, 0), [sender = sender_] {
            if (auto socket = sender.lock()) socket->reset();
        });
        over_ = true;
        return;
    }
    std::span<const std::byte> bytes(segment.bytes);
    std::size_t limit = std::min(reset_after_, end_after_);
    bool reached = limit != HostRecord::never && sent_ + bytes.size() >= limit;
    if (reached) bytes = bytes.first(limit - sent_);
    sent_ += bytes.size();
    if (!bytes.empty()) receiver->arrived(bytes);
    if (!reached) return;
    network_.note(limit == reset_after_ ? "fault: reset" : "fault: end", from_.number, to_.number, limit);
    over_ = true;
    if (limit == reset_after_)
        break_connection();
    else
        receiver->end_arrived();
}

void Link::break_connection() {
    if (auto receiver = receiver_.lock()) receiver->reset();
    if (auto sender = sender_.lock()) sender->reset();
}

} // namespace corduroy::sim
