#pragma once

#include <corduroy/kernel/uring_kernel.hpp>

#include "kernel/buffer_ring.hpp"
#include "kernel/signal_watch.hpp"
#include "kernel/standing_receives.hpp"
#include "kernel/system_calls.hpp"

#include <liburing.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace corduroy::kernel {

// The kernel's form of a point on the monotonic clock, or of a span; nothing before the clock's zero.
inline __kernel_timespec to_timespec(TimePoint point) noexcept {
    auto nanoseconds = std::max<long long>(point.time_since_epoch().count(), 0);
    return {nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
}

// So many bytes one operation moves at most: the system's MAX_RW_COUNT.
inline std::size_t length_at_most(std::size_t length) noexcept { return std::min<std::size_t>(length, 0x7fff'f000); }

// The real ring: SINGLE_ISSUER and DEFER_TASKRUN, one io_uring_enter a turn. An operation's record is its user_data;
// the values below `first_record` mean completions of ours.
class UringKernel : public SystemCalls {
public:
    explicit UringKernel(const UringOptions& options);
    ~UringKernel() override;

    void submit(Operation& operation) noexcept override;
    bool quiet(int fd) const noexcept override;
    void cancel(Operation& operation) noexcept override;
    void enter(std::optional<TimePoint> deadline) override;
    void hasten() noexcept override { hastened_ = true; }
    void wake() noexcept override;
    int socket(int family, int type, int protocol) noexcept override;
    int socket_pair(int family, int type, int (&descriptors)[2]) noexcept override;
    void close_now(int fd) noexcept override;
    void close_soon(int fd) noexcept override;
    int descriptor() noexcept override;
    std::span<std::byte> buffer(std::uint16_t id) noexcept override { return buffers_->buffer(id); }
    void give_back(std::uint16_t id) noexcept override {
        buffers_->give_back(id);
        --buffers_out_;
    }
    std::size_t buffers_out() const noexcept override { return buffers_out_; }

private:
    enum Tag : std::uint64_t { ignored = 0, woken = 1, first_record = 16 };

    unsigned set_up_ring();
    io_uring_sqe* take_entry() noexcept;
    void put(io_uring_sqe& entry, Operation& operation) noexcept;
    void describe(io_uring_sqe& entry, const Operation& operation) noexcept;
    void describe_receive(io_uring_sqe& entry, const Description& description) noexcept;
    io_uring_sqe& save_acknowledgement(io_uring_sqe& entry, int fd) noexcept;
    void describe_cancel(io_uring_sqe& entry, Operation& operation) noexcept;
    void arm_wake() noexcept;
    void take_up_held() noexcept;
    void watch_signals(Operation& operation) noexcept;
    void unwatch_signals(Operation& operation) noexcept;
    void deliver_signals() noexcept;
    bool complete_cancelled() noexcept;
    unsigned publish_entries() noexcept;
    bool something_ready() const noexcept;
    void note_taken_up() noexcept;
    bool receive_standing(Operation& operation) noexcept;
    bool arm(StandingReceive& standing, const Description& description) noexcept;
    void stop(StandingReceive& standing) noexcept;
    void submit_stops() noexcept;
    bool leave_standing(Operation& operation) noexcept;
    void deliver_standing(StandingReceive& standing, const io_uring_cqe& cqe) noexcept;
    void has_ended(StandingReceive& standing, std::int32_t result) noexcept;
    void put_aside(StandingReceive& standing) noexcept;
    void serve(StandingReceive& standing, Operation& operation) noexcept;
    std::size_t copy_out(StandingReceive& standing, const Description& description) noexcept;
    bool serve_from_standing() noexcept;
    bool abandon_standing(int fd) noexcept;
    void await_abandoned() noexcept;
    void close_owed() noexcept;
    bool makes_room(int result) noexcept;
    void submit_to_ring(Operation& operation) noexcept;
    int system_enter(unsigned to_submit, unsigned wait_for, std::optional<TimePoint> deadline) noexcept;
    static void check_entered(int result) noexcept;
    void dispatch() noexcept;
    void deliver(const io_uring_cqe& cqe) noexcept;
    void tell_quiet() noexcept;

    UringOptions options_;
    io_uring ring_{};
    unsigned enter_flags_ = 0;
    bool absolute_deadlines_ = false;
    bool socket_commands_ = false;
    bool wake_armed_ = false;
    bool hastened_ = false;
    int wake_fd_ = -1;
    int guest_fd_ = -1; // signalled by completions, once somebody has asked for the descriptor
    std::optional<BufferRing> buffers_;
    std::size_t buffers_out_ = 0;
    std::vector<__kernel_timespec> timespecs_; // one a queue entry, read by the kernel when it takes the entry up
    std::optional<SignalWatch> signal_watch_;  // once somebody has asked for signals
    OperationList signals_;                    // that wait for signals
    OperationList refused_;                    // for signals that cannot be caught: they complete at the next `enter`
    OperationList held_;                       // submitted while the queue was full
    OperationList cancelled_;                  // cancelled while held: they complete at the next `enter`
    OperationList quiet_;                      // quiet ones in the queue
    OperationList quiet_done_;                 // quiet ones taken up: those that have not failed have succeeded
    std::size_t quiet_count_ = 0;              // of quiet ones in flight, in either list
    std::size_t closes_ = 0;                   // by `close_soon`, in the queue
    StandingReceives standing_;
    std::size_t abandoned_ = 0;               // of closed sockets, their last completions yet to come
    IntrusiveList<StandingReceive> stopping_; // whose cancels are yet to be queued
    OperationList served_;  // by what has come to a standing receive: they complete at the next `enter`
    OperationList cancels_; // in flight; the cancel itself found the queue full
};

} // namespace corduroy::kernel
