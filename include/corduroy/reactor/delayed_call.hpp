#pragma once

#include <corduroy/base/time.hpp>
#include <corduroy/base/unique_function.hpp>

#include <source_location>

namespace corduroy {

class Reactor;

// A call that `Reactor::call_later` has scheduled (Twisted's IDelayedCall). A handle: dropping it leaves the call
// scheduled. It must not outlive its reactor.
class DelayedCall {
public:
    // Stands for no call, which is one that was cancelled.
    DelayedCall() noexcept = default;
    DelayedCall(DelayedCall&& other) noexcept;
    DelayedCall& operator=(DelayedCall&& other) noexcept;
    ~DelayedCall();

    // Whether the call is still to come; false from the moment it is being made.
    bool active() const noexcept;
    // When it is due, or was.
    TimePoint time() const noexcept;
    // Where call_later was called.
    std::source_location site() const noexcept;

    // Each throws AlreadyCalled where the call was made, and AlreadyCancelled where it was cancelled; ask `active()`
    // where that may be.
    void cancel();
    void reset(Duration from_now); // now + `from_now` becomes its time
    void delay(Duration more);     // its time moves by `more`, which may be negative

private:
    friend class Reactor;
    struct Record;
    explicit DelayedCall(Record* record) noexcept : record_(record) {}
    Record& active_record(const char* asked) const;

    Record* record_ = nullptr;
};

} // namespace corduroy
