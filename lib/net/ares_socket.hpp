#pragma once

#include <corduroy/base/frame_pool.hpp>
#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/kernel/operation.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <cstddef>

namespace corduroy::net {

// A socket of c-ares, and the standing operation that watches it on the ring. c-ares talks to the socket by itself and
// only needs to be told when to. The record belongs to nobody: it closes the descriptor and frees itself when it was
// asked to close and the ring is done with it.
class AresSocket final : private kernel::Operation, public ListNode<AresSocket>, public FromFramePool {
public:
    // Told, inside the kernel's entry, that a socket is ready.
    using Notify = void (*)(void* context) noexcept;

    AresSocket(Reactor& reactor, int fd, Notify notify, void* context) noexcept
        : Operation(&polled), reactor_(reactor), fd_(fd), notify_(notify), context_(context) {}

    int fd() const noexcept { return fd_; }

    // Watches for these poll(2) events from now on.
    void watch(unsigned events) noexcept;
    bool has_events() const noexcept { return came_ != 0; }
    // The events that came since the last call; the watch goes on at `rearm`.
    unsigned take_events() noexcept { return std::exchange(came_, 0); }
    void rearm() noexcept;
    // Leaves its list, closes the descriptor and frees itself, in time.
    void close() noexcept;

private:
    ~AresSocket() = default;

    static void polled(Operation& operation, const kernel::Completion& completion) noexcept;
    void finish() noexcept;

    Reactor& reactor_;
    int fd_;
    unsigned wanted_ = 0;
    unsigned came_ = 0;
    bool closing_ = false;
    Notify notify_;
    void* context_;
};

} // namespace corduroy::net
