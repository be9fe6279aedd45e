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

Link::Link(Network& network, HostRecord& from, HostRecord& to, std::weak_ptr<Socket> sender,
           std::weak_ptr<Socket> receiver)
    : network_(network), from_(from), to_(to), sender_(std::move(sender)), receiver_(std::move(receiver)) {
    network_.add_link(*this);
}

// What is under way outlives the network, in the events of the timeline.
Link::~Link() {
    if (linked()) unlink();
}

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
    bool first = segments_.empty() && !stalled_;
    bytes_.append(bytes);
    outstanding_ += bytes.size();
    expect_room();
    segments_.push_back({arrival, kind, bytes.size()});
    if (first) expect(arrival);
}

void Link::expect(TimePoint when) {
    network_.timeline().schedule(when, [self = shared_from_this()] { self->advance(); });
}

void Link::advance() {
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
        Segment segment = segments_.front();
        std::size_t delivered = over_ ? 0 : deliver(segment.kind, bytes_.front(segment.size));
        segments_.pop_front();
        bytes_.drop(segment.size);
        if (delivered < segment.size) taken(segment.size - delivered); // the rest was swallowed
    }
    if (!segments_.empty()) expect(segments_.front().arrival);
}

void Link::heal() {
    if (std::exchange(stalled_, false)) {
        network_.timeline().withdraw(giving_up_);
        expect(network_.now() + from_.out.latency + to_.in.latency);
    }
    if (std::exchange(room_stalled_, false)) {
        room_expected_ = false;
        for (Acknowledgement& each : acknowledgements_) each.arrival = network_.now() + way_back();
        expect_room();
    }
}

// ---- the window ----

// An acknowledgement that is lost matters little: the next one says the same.
Duration Link::way_back() const noexcept { return to_.out.latency + from_.in.latency; }

std::size_t Link::outstanding() {
    take_acknowledgements();
    return outstanding_;
}

void Link::taken(std::size_t bytes) {
    TimePoint arrival = network_.now() + way_back();
    if (!acknowledgements_.empty()) arrival = std::max(arrival, acknowledgements_.back().arrival);
    if (!acknowledgements_.empty() && acknowledgements_.back().arrival == arrival)
        acknowledgements_.back().size += bytes;
    else
        acknowledgements_.push_back({arrival, bytes});
    expect_room();
}

void Link::take_acknowledgements() {
    if (Network::cut(from_, to_)) return;
    while (!acknowledgements_.empty() && acknowledgements_.front().arrival <= network_.now()) {
        outstanding_ -= acknowledgements_.front().size;
        acknowledgements_.pop_front();
    }
}

// Nobody waits for room but while there is none, so that most acknowledgements need no event of their own.
void Link::expect_room() {
    if (room_expected_ || acknowledgements_.empty() || outstanding_ < network_.stream_buffer()) return;
    room_expected_ = true;
    network_.timeline().schedule(acknowledgements_.front().arrival, [self = shared_from_this()] { self->make_room(); });
}

void Link::make_room() {
    if (Network::cut(from_, to_)) {
        room_stalled_ = true;
        return network_.stall(shared_from_this());
    }
    room_expected_ = false;
    take_acknowledgements();
    network_.note("room", from_.number, to_.number, outstanding_);
    if (auto sender = sender_.lock()) sender->room_made();
    expect_room();
}

std::size_t Link::deliver(Kind kind, std::span<const std::byte> bytes) {
    static constexpr const char* names[] = {"arrive", "end", "reset"};
    network_.note(names[static_cast<int>(kind)], from_.number, to_.number, bytes.size());
    auto receiver = receiver_.lock();
    if (kind != Kind::bytes) {
        over_ = true;
        if (!receiver) return 0;
        if (kind == Kind::end)
            receiver->end_arrived();
        else
            receiver->reset();
        return 0;
    }
    if (!receiver || receiver->deaf()) {
        // Nobody is there to read: the sender hears of it by a reset.
        network_.timeline().schedule(network_.arrival(to_, from_, 0), [sender = sender_] {
            if (auto socket = sender.lock()) socket->reset();
        });
        over_ = true;
        return 0;
    }
    std::size_t limit = std::min(reset_after_, end_after_);
    bool reached = limit != HostRecord::never && sent_ + bytes.size() >= limit;
    if (reached) bytes = bytes.first(limit - sent_);
    sent_ += bytes.size();
    if (!bytes.empty()) receiver->arrived(bytes);
    if (!reached) return bytes.size();
    network_.note(limit == reset_after_ ? "fault: reset" : "fault: end", from_.number, to_.number, limit);
    if (limit == reset_after_) {
        break_connection();
    } else {
        over_ = true;
        receiver->end_arrived();
    }
    return bytes.size();
}

void Link::break_connection() {
    over_ = true;
    if (auto receiver = receiver_.lock()) receiver->reset();
    if (auto sender = sender_.lock()) sender->reset();
}

} // namespace corduroy::sim
