#pragma once

#include <corduroy/base/time.hpp>
#include <corduroy/base/unique_function.hpp>

namespace corduroy {

class Reactor;

// A call that `Reactor::call_later` has scheduled (Twisted's IDelayedCall). A handle: dropping it leaves the call
// scheduled. It must not outlive its reactor.
class DelayedCall {
public:
    DelayedCall() noexcept = default;
    DelayedCall(DelayedCall&& other) noexcept;
    DelayedCall& operator=(DelayedCall&& other) noexcept;
    ~DelayedCall();

    // Whether the call is still to come.
    bool active() const noexcept;
    // When it is due; the past once it was called or cancelled.
    TimePoint time() const noexcept;

    // Each gives false, and does nothing, where the call was made or cancelled already.
    bool cancel() noexcept;
    bool reset(Duration from_now) noexcept; // now + `from_now` becomes its time
    bool delay(Duration more) noexcept;     // its time moves by `more`, which may be negative

private:
    friend class Reactor;
    struct Record;
    explicit DelayedCall(Record* record) noexcept : record_(record) {}

    Record* record_ = nullptr;
};

} // namespace corduroy
