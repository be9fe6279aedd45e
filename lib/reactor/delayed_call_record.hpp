#pragma once

#include <corduroy/base/frame_pool.hpp>
#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/reactor/delayed_call.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <source_location>

namespace corduroy {

// A scheduled call. It is held by its handles and, while it is scheduled, by the reactor; the last one frees it.
struct DelayedCall::Record : TimerNode, ListNode<>, FromFramePool {
    Record(Reactor& owner, UniqueFunction<void()> call, const std::source_location& scheduled)
        : TimerNode(&Record::fired), reactor(owner), function(std::move(call)), site(scheduled) {}

    static void fired(TimerNode& timer) noexcept;

    // The call will not be made, or has been: let go of it.
    void retire() noexcept {
        function = {};
        ListNode<>::unlink();
        drop();
    }
    void drop() noexcept {
        if (--holders == 0) delete this;
    }

    Reactor& reactor;
    UniqueFunction<void()> function;
    TimePoint time{};
    std::source_location site;
    int holders = 2;
    bool called = false;
};

} // namespace corduroy
