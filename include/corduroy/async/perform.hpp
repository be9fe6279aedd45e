#pragma once

#include <corduroy/async/suspension.hpp>
#include <corduroy/kernel/operation.hpp>

#include <string>
#include <utility>

namespace corduroy {

// One operation of the kernel, awaited. Its record lives here, in the awaiting frame, until the kernel is done with it:
// when the scope is cancelled the kernel is asked to give up, and the coroutine resumes only when the operation has
// ended. An operation that succeeded all the same delivers its result; one that was given up, or failed meanwhile,
// raises `Cancelled`.
class Performing : public kernel::Operation, public Suspension {
public:
    explicit Performing(const kernel::Description& what) noexcept : Operation(&ended), Suspension(&cancel) {
        description = what;
    }

    bool await_ready() const noexcept { return false; }

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        suspend(handle);
        Reactor::current().submit(*this);
    }

    // The completion; its `result` is the system's, or -errno.
    kernel::Completion await_resume() {
        raise_if_cancelled();
        return completion_;
    }

    std::string waits_for() const { return kernel::operation_text(description); }

private:
    static void ended(Operation& operation, const kernel::Completion& completion) noexcept {
        auto& self = static_cast<Performing&>(operation);
        if (completion.result < 0 && !self.cancel_asked_ && kernel::submit_again(self.description, completion.result))
            return Reactor::current().submit(self);
        self.completion_ = completion;
        if (completion.result < 0 && self.cancel_asked_) {
            // A receive may have been given its buffer before it was given up.
            if (completion.has_buffer) Reactor::current().kernel().give_back(completion.buffer);
            self.cancelled();
        } else {
            self.resume();
        }
    }

    static void cancel(Waiter& waiter) noexcept {
        auto& self = static_cast<Performing&>(waiter);
        self.cancel_asked_ = true;
        Reactor::current().cancel(self);
    }

    kernel::Completion completion_;
    bool cancel_asked_ = false;
};

// What `perform` gives: await it, or hand it to a combinator.
class [[nodiscard("co_await it")]] Perform {
public:
    explicit Perform(const kernel::Description& what) noexcept : what_(what) {}

    Performing operator co_await() const noexcept { return Performing(what_); }

private:
    kernel::Description what_;
};

// Performs one one-shot operation: `kernel::Completion done = co_await perform({.opcode = …});`. What the description
// points at must outlive the await. What was only interrupted is submitted again. It reports failures as the system
// does; the streams of net/ throw.
inline Perform perform(const kernel::Description& what) noexcept { return Perform(what); }

} // namespace corduroy
