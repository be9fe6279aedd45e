#pragma once

#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/base/error.hpp>

#include <exception>
#include <future>
#include <source_location>
#include <utility>

namespace corduroy {

namespace detail {

// Sets a promise, and keeps nothing.
template <class T>
class FutureStep final : public DeferredState<void> {
public:
    FutureStep(DeferredState<T>& before, const std::source_location& site) : DeferredState<void>(before, site) {}

    std::future<T> future() { return promise_.get_future(); }

private:
    DeferredCore* step(DeferredCore& from) noexcept override {
        auto& before = static_cast<DeferredState<T>&>(from);
        set_value_ready();
        try {
            if (before.has_value()) {
                auto set = [&]<class... Value>(Value&&... value) { promise_.set_value(std::forward<Value>(value)...); };
                before.use_value(set);
                before.forget_value();
            } else {
                Failure failure = before.failure();
                if (before.unwound()) failure = Failure::of(CancelledError(failure.message()));
                before.mark_taken();
                promise_.set_exception(failure.exception());
            }
        } catch (...) {
            promise_.set_exception(std::current_exception());
        }
        return this;
    }

    std::promise<T> promise_;
};

} // namespace detail

// A std::future of the Deferred's result, for another thread to wait for; on the reactor's own that would wait for
// ever. It takes the value and the failure. There is no way to cancel by it. (Twisted's asFuture.)
template <class T>
std::future<T> as_future(Deferred<T>&& deferred, std::source_location site = std::source_location::current()) {
    using Step = detail::FutureStep<T>;
    auto state = detail::DeferredAccess::take(std::move(deferred));
    state->check_unclaimed();
    detail::DeferredRef<Step> next(new Step(*state, site));
    std::future<T> future = next->future();
    state->attach(*next);
    return future;
}

} // namespace corduroy
