#pragma once

#include <corduroy/async/deferred/deferred_source.hpp>
#include <corduroy/async/deferred/deferred_state.hpp>

#include <exception>
#include <source_location>
#include <utility>

namespace corduroy::detail {

// Fires another Deferred with the result of the one before. The run of callbacks goes on from there, so that no number
// of Deferreds in a row grows the stack.
template <class T>
class ForwardStep final : public DeferredState<void> {
public:
    // Throws where the target is not fired by hand, or where its result comes back here.
    ForwardStep(DeferredState<T>& before, DeferredSource<T> target, const std::source_location& site)
        : DeferredState<void>(before, site), target_(std::move(target)) {
        DeferredState<T>& other = *target_.state();
        other.check_fired_by_hand(site);
        other.check_no_circle(before);
        other.mark_forwarded();
    }

private:
    const DeferredCore* leads_to() const noexcept override { return target_.state().get(); }

    DeferredCore* step(DeferredCore& from) noexcept override {
        DeferredState<T>& target = *target_.state();
        try {
            hands_over(from);
            if (target.fire_with(static_cast<DeferredState<T>&>(from), site())) {
                set_value_ready();
                return &target;
            }
            from.mark_taken();
            set_value_ready();
        } catch (...) {
            fail_by_callback({}, Failure::current()); // it was fired already
        }
        return this;
    }

    DeferredSource<T> target_;
};

} // namespace corduroy::detail
