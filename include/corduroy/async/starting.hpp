#pragma once

#include <corduroy/async/group_child.hpp>
#include <corduroy/async/suspension.hpp>
#include <corduroy/base/failure.hpp>

#include <coroutine>
#include <memory>
#include <string>

namespace corduroy::detail {

// Where `TaskGroup::start` waits until its child is ready or has ended. Cancelled, it cancels the child and waits for
// its end.
class Starting : public Suspension {
public:
    static constexpr bool shielded = true; // it raises when the child has ended, and no sooner

    explicit Starting(GroupChild& child) noexcept : Suspension(&cancel), child_(child) {}

    bool await_ready() const noexcept { return over_; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        suspend(handle);
        scope_ = &handle.promise().scope();
        if (!scope_->cancelled()) return;
        leave();
        cancel_child();
    }
    void await_resume() const;
    static constexpr const char* wait_words = "child to say that it is ready";
    std::string waits_for() const;

    // For the child's StartSignal. Whether the wait was cancelled, and so ends with the child only.
    bool cancel_asked() const noexcept { return cancel_asked_; }
    void child_ready() noexcept;
    void child_ended(const Failure& failure) noexcept;

private:
    static void cancel(Waiter& waiter) noexcept { static_cast<Starting&>(waiter).cancel_child(); }
    void cancel_child() noexcept;
    void end() noexcept;

    GroupChild& child_;
    CancelScope* scope_ = nullptr;
    std::unique_ptr<GroupChild> withdrawn_; // the child, if its turn never came
    Failure failure_;
    bool over_ = false;
    bool ready_ = false;
    bool cancel_asked_ = false;
};

// What a child knows of who waits for it.
class StartSignal {
public:
    StartSignal() noexcept = default;
    StartSignal(const StartSignal&) = delete;
    StartSignal& operator=(const StartSignal&) = delete;

    void tell(Starting& starter) noexcept { starter_ = &starter; }

    // Whether the child's value is wanted. Throws where it was ready before.
    bool claim();
    void ready() noexcept;
    // How the child ended; what is not the starter's to hear is returned.
    Failure conclude(const Failure& failure) noexcept;

private:
    Starting* starter_ = nullptr; // as long as it waits
    bool ready_ = false;
};

} // namespace corduroy::detail
