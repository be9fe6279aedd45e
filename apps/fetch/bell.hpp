#pragma once

#include <corduroy/async/suspension.hpp>
#include <corduroy/base/intrusive_list.hpp>

#include <coroutine>

namespace fetch {

// What tasks of one reactor wait at for something to change: `while (!ready()) co_await bell.wait();`. Whoever changes
// it rings, and all who wait look again, in the order in which they came.
class Bell {
public:
    class Waiting;

    Waiting wait() noexcept;
    void ring() noexcept;

private:
    corduroy::IntrusiveList<Waiting, Waiting> waiting_;
};

class [[nodiscard("co_await it")]] Bell::Waiting : public corduroy::Suspension,
                                                   public corduroy::ListNode<Bell::Waiting> {
public:
    explicit Waiting(Bell& bell) noexcept : Suspension(&give_up), bell_(bell) {}

    bool await_ready() const noexcept { return false; }

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        suspend(handle);
        bell_.waiting_.push_back(*this);
    }

    void await_resume() const { raise_if_cancelled(); }

private:
    friend class Bell;
    using Place = corduroy::ListNode<Bell::Waiting>;

    static void give_up(corduroy::Waiter& waiter) noexcept {
        auto& self = static_cast<Waiting&>(waiter);
        if (self.Place::linked()) self.Place::unlink();
        self.cancelled();
    }

    Bell& bell_;
};

inline Bell::Waiting Bell::wait() noexcept { return Waiting(*this); }

inline void Bell::ring() noexcept {
    waiting_.for_each([](Waiting& waiting) {
        waiting.Waiting::Place::unlink();
        waiting.resume();
    });
}

} // namespace fetch
