#pragma once

#include <corduroy/base/unique_function.hpp>

#include <source_location>

namespace corduroy {

class Reactor;

// A function that other threads have a reactor call, any number of times of which one is enough: as long as a call is
// on its way, further posts add none (trio's run_sync_soon with idempotent=True). What a thread wrote before it posted
// is seen by a call that begins after. A post allocates nothing, and takes one atomic exchange where a call is on its
// way already.
//
// It belongs to the reactor's thread, where it is made and destroyed; those who post must have ended before it is
// destroyed, and it before its reactor. A call that is then on its way is not made.
class CoalescedCall {
public:
    CoalescedCall(Reactor& reactor, UniqueFunction<void()> function,
                  std::source_location site = std::source_location::current());
    CoalescedCall(const CoalescedCall&) = delete;
    CoalescedCall& operator=(const CoalescedCall&) = delete;
    ~CoalescedCall();

    // Has the function called in a coming turn, unless that is to happen anyway. From any thread, and from a signal
    // handler.
    void post() noexcept;

private:
    struct Record;
    Record* record_;
};

} // namespace corduroy
