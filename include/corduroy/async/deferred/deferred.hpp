#pragma once

#include <corduroy/async/deferred/deferred_error.hpp>
#include <corduroy/async/deferred/deferred_forward.hpp>
#include <corduroy/async/deferred/deferred_source.hpp>
#include <corduroy/async/deferred/deferred_state.hpp>
#include <corduroy/async/deferred/deferred_step.hpp>
#include <corduroy/async/deferred/deferred_timeout.hpp>
#include <corduroy/async/deferred/deferred_wait.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/time.hpp>

#include <concepts>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace corduroy {

// A result that is yet to come: a value of type T, or a Failure (Twisted's Deferred). Somebody fires it once, by
// `callback` or `errback`; callbacks take the result on, each from the one before, or a coroutine awaits it. Unlike a
// Task, which does nothing until it is awaited, a Deferred stands for work that is under way: dropping it stops
// nothing, and a failure that nobody takes is reported, once, by `Reactor::report_unhandled`, with the place where the
// Deferred was made.
//
//     ensure_deferred(http::get(url))
//         .add_callback([](http::Response response) { return response.text(); })
//         .add_errback([](Failure failure) { return "no page: " + failure.message(); })
//         .add_callback(print);
//
// As values have types, each `add_…` gives a new Deferred, of the type that its callback makes, and the result goes
// there: one Deferred takes one callback or one await, and more callbacks are added to what the first one returned. For
// several who want the same result there is SharedDeferred. The handle that was added to keeps the right to fire and to
// cancel (called on a temporary, it is gone).
//
// Callbacks run inside `callback` or `errback`, or inside `add_…` where the result is there already, one after another
// at constant depth of the stack, in the cancel scope of the task group that was ambient where they were added. What
// would come to wait for itself, by way of whatever others, fails with an Error that names them all. A Deferred belongs
// to the thread that made it.
template <class T>
class Deferred : public detail::DeferredHandle<T> {
    static_assert(!std::is_same_v<std::remove_cv_t<T>, Failure> && !std::is_rvalue_reference_v<T> &&
                      !detail::is_any_deferred<std::remove_cv_t<T>> && !detail::is_task<std::remove_cv_t<T>>,
                  "the T of a Deferred<T> is the value that it comes to in the end");
    using Site = std::source_location;
    using Handle = detail::DeferredHandle<T>;

public:
    using value_type = T;

    // One that has not fired. Where the last handle and source with the right to fire it go without having done so, it
    // fails with AbandonedError.
    explicit Deferred(Site created = Site::current())
        : Handle(detail::DeferredRef<detail::DeferredState<T>>(new detail::DeferredState<T>(created))) {}

    // One with a way to stop what it waits for: `cancel` calls `canceller`, with nothing or with a DeferredSource<T>&
    // by which it can fire the Deferred. It is destroyed when the Deferred fires.
    template <class Canceller, class C = std::decay_t<Canceller>>
        requires(std::invocable<C&> || std::invocable<C&, DeferredSource<T>&>)
    explicit Deferred(Canceller&& canceller, Site created = Site::current())
        : Handle(detail::DeferredRef<detail::DeferredState<T>>(
              new detail::CancellableState<T, C>(std::forward<Canceller>(canceller), created))) {}

    Deferred(Deferred&&) noexcept = default;
    Deferred& operator=(Deferred&&) noexcept = default;

    // The right to fire it, for a producer that hands the Deferred itself out.
    DeferredSource<T> source() const { return DeferredSource<T>(this->state()); }

    // Calls `f` with the value when it is there (with nothing where T is void); a failure passes it by. What f returns
    // is the value of the new Deferred; a Deferred, a Task, or a builder of one, is waited for; of a Result, the value
    // or failure counts; what it throws is the new one's failure. A Task is started in the scope that f runs in, and f
    // and its argument are kept as long as it runs, so that a lambda with captures may be a coroutine.
    template <class F>
    auto add_callback(F&& f, Site site = Site::current()) & {
        return on_value<F>(std::forward<F>(f), site);
    }
    template <class F>
    auto add_callback(F&& f, Site site = Site::current()) && {
        return Deferred(std::move(*this)).on_value<F>(std::forward<F>(f), site);
    }

    // Calls `f` with the Failure, if there is one; a value passes it by. f recovers by returning what a T can be made
    // of (nothing where T is void), or a Deferred<T> or Task<T>; it passes the failure on by returning it, and another
    // by returning or throwing that. The cancellation of a scope around f is not for errbacks (law 3).
    template <class F>
    Deferred<T> add_errback(F&& f, Site site = Site::current()) & {
        return on_failure<F>(std::forward<F>(f), site);
    }
    template <class F>
    Deferred<T> add_errback(F&& f, Site site = Site::current()) && {
        return Deferred(std::move(*this)).on_failure<F>(std::forward<F>(f), site);
    }

    // Calls `callback` with the value or `errback` with the failure, as above; errback does not see what callback
    // throws.
    template <class F, class G>
    auto add_callbacks(F&& callback, G&& errback, Site site = Site::current()) & {
        return on_either<F, G>(std::forward<F>(callback), std::forward<G>(errback), site);
    }
    template <class F, class G>
    auto add_callbacks(F&& callback, G&& errback, Site site = Site::current()) && {
        return Deferred(std::move(*this)).on_either<F, G>(std::forward<F>(callback), std::forward<G>(errback), site);
    }

    // Calls `f` with a Result<T> either way; to pass that on, return it.
    template <class F>
    auto add_both(F&& f, Site site = Site::current()) & {
        return on_both<F>(std::forward<F>(f), site);
    }
    template <class F>
    auto add_both(F&& f, Site site = Site::current()) && {
        return Deferred(std::move(*this)).on_both<F>(std::forward<F>(f), site);
    }

    // Cancels what it waits for, as `cancel` does, unless the result is there `bound` from now, and gives the
    // CancelledError that comes of it as a TimeoutError. The callbacks added before have to be done by then, those
    // added to the new Deferred do not; a value or another failure that comes all the same is passed on. (Twisted's
    // addTimeout.)
    Deferred<T> add_timeout(Duration bound, Site site = Site::current()) & {
        return add<T>(detail::TimeoutHandler{detail::TimeoutTimer(bound)}, site);
    }
    Deferred<T> add_timeout(Duration bound, Site site = Site::current()) && {
        Deferred self(std::move(*this));
        return self.add_timeout(bound, site);
    }
    // The same, but once the time has passed whatever comes is given to `on_timeout`, as a Result<T> and the bound. It
    // returns what an errback may.
    template <class F>
    Deferred<T> add_timeout(Duration bound, F&& on_timeout, Site site = Site::current()) & {
        return on_late<F>(bound, std::forward<F>(on_timeout), site);
    }
    template <class F>
    Deferred<T> add_timeout(Duration bound, F&& on_timeout, Site site = Site::current()) && {
        return Deferred(std::move(*this)).on_late<F>(bound, std::forward<F>(on_timeout), site);
    }

    // Fires `target`, another Deferred or a source of one, with the result, and leaves nothing here; it shares in the
    // right to fire it until then. Cancelling the target does not reach back. Where it has fired already the error is
    // reported. (Twisted's chainDeferred, but for the stack, which does not grow however many are chained.)
    void forward_to(const Handle& target, Site site = Site::current()) & { forward(target, site); }
    void forward_to(const Handle& target, Site site = Site::current()) && {
        Deferred(std::move(*this)).forward(target, site);
    }

    // Stops what it waits for: calls the canceller of the Deferred that the chain begins with, and fails that with
    // CancelledError if the canceller did not fire it; or cancels the Deferred or Task that a callback returned. A Task
    // is cancelled as a scope is, and the Deferred fires when it has unwound. Does nothing where the result is there
    // already. It never throws: what a canceller throws rides along as suppressed().
    void cancel(Site site = Site::current()) const { this->state()->cancel(site, false); }

    // Awaiting it gives its value or throws its failure: `int n = co_await deferred;`. The coroutine goes on in a
    // coming turn, or at once where the result is there. Cancelling the await cancels the Deferred, also in what it
    // comes to wait for later, and waits for its end: then `Cancelled` is raised, unless it came to a value, or to
    // another failure, all the same. Where the Deferred was ended by the cancellation of a scope that is none of the
    // awaiting coroutine's, CancelledError is thrown.
    Task<T> into_task() & { return detail::await_deferred<T>(this->state()); }
    Task<T> into_task() && { return detail::await_deferred<T>(this->take_state()); }

private:
    friend struct detail::DeferredAccess;
    template <class>
    friend class Deferred;

    explicit Deferred(detail::DeferredRef<detail::DeferredState<T>> state) noexcept : Handle(std::move(state)) {}

    template <class U, class Handler>
    Deferred<U> add(Handler handler, const Site& site) {
        detail::DeferredState<T>& state = *this->state();
        state.check_unclaimed();
        using Step = detail::DeferredStep<T, U, Handler>;
        detail::DeferredRef<Step> next(new Step(state, std::move(handler), site));
        if constexpr (requires { next->handler().start(*next); }) next->handler().start(*next);
        state.attach(*next);
        return Deferred<U>(std::move(next));
    }

    void forward(const Handle& target, const Site& site) {
        detail::DeferredState<T>& state = *this->state();
        state.check_unclaimed();
        using Step = detail::ForwardStep<T>;
        detail::DeferredRef<Step> next(new Step(state, DeferredSource<T>(detail::DeferredAccess::state(target)), site));
        state.attach(*next);
    }

    template <class F>
    auto on_value(F&& f, const Site& site) {
        using Callback = std::decay_t<F>;
        static_assert(detail::CallbackFor<Callback, T>,
                      "a callback takes the value of its Deferred<T>: a T or T&&, and nothing where T is void");
        if constexpr (detail::CallbackFor<Callback, T>) {
            using U = detail::deferred_value_t<typename detail::OnValue<Callback, T>::type>;
            return add<U>(detail::ValueHandler<Callback>{std::forward<F>(f)}, site);
        }
    }

    template <class F>
    Deferred<T> on_failure(F&& f, const Site& site) {
        check_errback<F, T>();
        return add<T>(detail::FailureHandler<std::decay_t<F>>{std::forward<F>(f)}, site);
    }

    template <class F, class G>
    auto on_either(F&& f, G&& g, const Site& site) {
        using Callback = std::decay_t<F>;
        static_assert(detail::CallbackFor<Callback, T>,
                      "a callback takes the value of its Deferred<T>: a T or T&&, and nothing where T is void");
        if constexpr (detail::CallbackFor<Callback, T>) {
            using U = detail::deferred_value_t<typename detail::OnValue<Callback, T>::type>;
            check_errback<G, U>();
            return add<U>(detail::EitherHandler<Callback, std::decay_t<G>>{{std::forward<F>(f)}, {std::forward<G>(g)}},
                          site);
        }
    }

    template <class F>
    auto on_both(F&& f, const Site& site) {
        using Callback = std::decay_t<F>;
        static_assert(std::is_invocable_v<Callback&, Result<T>>, "what is given to add_both takes a Result<T>");
        using U = detail::deferred_value_t<std::invoke_result_t<Callback&, Result<T>>>;
        return add<U>(detail::BothHandler<T, Callback>{std::forward<F>(f)}, site);
    }

    template <class F>
    Deferred<T> on_late(Duration bound, F&& f, const Site& site) {
        using Hook = std::decay_t<F>;
        static_assert(std::is_invocable_v<Hook&, Result<T>, Duration>,
                      "what is given to add_timeout takes a Result<T> and a Duration");
        check_recovery<std::invoke_result_t<Hook&, Result<T>, Duration>, T>();
        return add<T>(detail::TimeoutHookHandler<T, Hook>{detail::TimeoutTimer(bound), std::forward<F>(f)}, site);
    }

    template <class F, class U>
    static constexpr void check_errback() {
        using Errback = std::decay_t<F>;
        static_assert(std::is_invocable_v<Errback&, Failure>, "an errback takes a Failure");
        if constexpr (std::is_invocable_v<Errback&, Failure>)
            check_recovery<std::invoke_result_t<Errback&, Failure>, U>();
    }
    template <class Returned, class U>
    static constexpr void check_recovery() {
        static_assert(detail::recovers_to<Returned, U>,
                      "an errback returns what stands for the value of its Deferred<T>: something convertible to T, "
                      "nothing where T is void, a Deferred<T> or a Task<T>; or the Failure to go on with");
    }
};

// What `co_await` does with a Deferred: without the Task in between. One that is awaited as an lvalue keeps the right
// to fire it, so that it can wait for itself to be fired.
template <class T>
auto make_awaiter(TaskPromiseBase& promise, Deferred<T>& deferred) {
    return Checkpoint<detail::DeferredAwaiter<T>>(
        promise, [&] { return detail::DeferredAwaiter<T>(promise, detail::DeferredAccess::state(deferred)); });
}
template <class T>
auto make_awaiter(TaskPromiseBase& promise, Deferred<T>&& deferred) {
    return Checkpoint<detail::DeferredAwaiter<T>>(promise, [&] {
        return detail::DeferredAwaiter<T>(promise, detail::DeferredAccess::take(std::move(deferred)));
    });
}

// One that has fired: with a value (Twisted's succeed), or with a failure (Twisted's fail).
template <class T>
Deferred<std::decay_t<T>> succeed(T&& value, std::source_location site = std::source_location::current()) {
    Deferred<std::decay_t<T>> deferred(site);
    deferred.callback(std::forward<T>(value), site);
    return deferred;
}
inline Deferred<> succeed(std::source_location site = std::source_location::current()) {
    Deferred<> deferred(site);
    deferred.callback(site);
    return deferred;
}
template <class T = void>
Deferred<T> fail(Failure failure, std::source_location site = std::source_location::current()) {
    Deferred<T> deferred(site);
    deferred.errback(std::move(failure), site);
    return deferred;
}
template <class T = void, std::derived_from<std::exception> E>
Deferred<T> fail(E error, std::source_location site = std::source_location::current()) {
    return fail<T>(Failure::of(std::move(error)), site);
}

} // namespace corduroy
