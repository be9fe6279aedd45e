#pragma once

#include <corduroy/base/intrusive_list.hpp>

#include "testing/sim_byte_queue.hpp"
#include "testing/sim_host.hpp"
#include "testing/sim_timeline.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <span>

namespace corduroy::sim {

class Network;
class Socket;

// One direction of a connection between two hosts: what the sender's socket puts in comes out at the receiver's when
// the links between them say so, in order, and in spite of either socket's being closed meanwhile.
class Link : public std::enable_shared_from_this<Link>, public ListNode<> {
public:
    Link(Network& network, HostRecord& from, HostRecord& to, std::weak_ptr<Socket> sender,
         std::weak_ptr<Socket> receiver);
    ~Link();

    void send(std::span<const std::byte> bytes);
    void end() { push(Kind::end, {}); }
    void reset() { push(Kind::reset, {}); }

    // What fills the window: bytes under way, bytes that the receiver has not taken, and those of which the sender has
    // not heard yet that it has.
    std::size_t outstanding();
    // The receiver has taken so many bytes, of which the sender hears when the acknowledgement has come back.
    void taken(std::size_t bytes);

    // The connection breaks, or its direction ends, after so many bytes more.
    void reset_after(std::size_t bytes) noexcept { reset_after_ = bytes; }
    void end_after(std::size_t bytes) noexcept { end_after_ = bytes; }

    bool touches(const HostRecord& host) const noexcept { return &from_ == &host || &to_ == &host; }
    // Both ends are told, at once, that there is no connection any more.
    void break_connection();

    // The hosts can reach each other again.
    void heal();

private:
    enum class Kind : std::uint8_t { bytes, end, reset };
    struct Segment {
        TimePoint arrival;
        Kind kind;
        std::size_t size;
    };

    struct Acknowledgement {
        TimePoint arrival;
        std::size_t size;
    };

    void push(Kind kind, std::span<const std::byte> bytes);
    void expect(TimePoint when);
    void advance();
    // How many of the bytes the receiver has got.
    std::size_t deliver(Kind kind, std::span<const std::byte> bytes);

    Duration way_back() const noexcept;
    void take_acknowledgements();
    void expect_room();
    void make_room();

    Network& network_;
    HostRecord& from_;
    HostRecord& to_;
    std::weak_ptr<Socket> sender_, receiver_;
    std::deque<Segment> segments_; // the first of which has an event on the timeline, unless it is stalled,
    ByteQueue bytes_;              // and their bytes
    std::deque<Acknowledgement> acknowledgements_; // on their way back
    std::size_t outstanding_ = 0;
    bool room_expected_ = false; // an event has been scheduled for the first acknowledgement, or it is stalled
    std::size_t sent_ = 0;
    std::size_t reset_after_ = HostRecord::never;
    std::size_t end_after_ = HostRecord::never;
    bool over_ = false; // nothing comes through any more
    bool stalled_ = false;
    bool room_stalled_ = false;
    TimePoint last_{};
    Timeline::Key giving_up_{};
};

} // namespace corduroy::sim
