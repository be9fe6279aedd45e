#pragma once

#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/deferred/shared_state.hpp>
#include <corduroy/async/task.hpp>

#include <concepts>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

namespace corduroy {

namespace detail {

// Waits for a branch of its own, and gives a copy of the value.
template <class T>
class SharedCopyAwaiter : public DeferredAwaiter<SharedValue<T>> {
public:
    using DeferredAwaiter<SharedValue<T>>::DeferredAwaiter;
    T await_resume() { return DeferredAwaiter<SharedValue<T>>::await_resume(); }
};

template <class T>
Task<T> await_shared(DeferredRef<SharedState<T>> shared) {
    DeferredRef<DeferredState<SharedValue<T>>> branch = shared->branch(shared->created());
    co_return co_await branch;
}

} // namespace detail

// A Deferred whose result goes to as many as want it: any number may await it, or add callbacks, before it has fired
// and after. It is a handle; copies stand for the same result, which is kept until the last of them has gone.
//
//     SharedDeferred<Config> config(ensure_deferred(load_config()));
//     ...
//     const Config& now = co_await config;   // anywhere, any number of times
//
// Those who wait are served in the order in which they came. Each begins a branch of its own: cancelling an await, or a
// Deferred that `add_callback` returned, ends that branch and no other; `cancel` ends the work behind them all. A
// failure goes to every branch, and is reported for each that nobody takes; where there is no branch at all, once.
template <class T>
class SharedDeferred {
    using Site = std::source_location;
    using Seen = detail::SharedValue<T>;

public:
    using value_type = T;

    // Of a Deferred, whose result is then spoken for. Where it is named, its handle keeps the right to fire it.
    explicit SharedDeferred(Deferred<T>& deferred, Site site = Site::current())
        : SharedDeferred(detail::DeferredAccess::state(deferred), site) {}
    explicit SharedDeferred(Deferred<T>&& deferred, Site site = Site::current())
        : SharedDeferred(detail::DeferredAccess::take(std::move(deferred)), site) {}

    // Calls `f` with a const reference to the value, which stays where it is (with nothing where T is void); otherwise
    // as Deferred's add_callback.
    template <class F>
    auto add_callback(F&& f, Site site = Site::current()) const {
        return branch(site).add_callback(std::forward<F>(f), site);
    }

    // As Deferred's, but what is passed on, or given to f by add_both, is a copy of the value.
    template <class F>
    Deferred<T> add_errback(F&& f, Site site = Site::current()) const {
        return fork(site).add_errback(std::forward<F>(f), site);
    }
    template <class F, class G>
    auto add_callbacks(F&& callback, G&& errback, Site site = Site::current()) const {
        return branch(site).add_callbacks(std::forward<F>(callback), std::forward<G>(errback), site);
    }
    template <class F>
    auto add_both(F&& f, Site site = Site::current()) const {
        return fork(site).add_both(std::forward<F>(f), site);
    }

    // A Deferred of its own for the same result, of which it gets a copy.
    Deferred<T> fork(Site site = Site::current()) const {
        if constexpr (std::is_same_v<Seen, T>) {
            return branch(site);
        } else {
            static_assert(std::copy_constructible<T>,
                          "the value would have to be copied: use add_callback, or await the SharedDeferred by name");
            return branch(site).add_callback([](const T& value) { return value; }, site);
        }
    }

    // Stops the work behind it, as Deferred's cancel does, for all who wait.
    void cancel(Site site = Site::current()) const { state_->cancel(site, false); }

    bool called() const noexcept { return state_->called(); }
    std::string description() const { return state_->description(); }

    // Awaiting it by name gives a const reference to the value, good as long as a copy of the handle is kept; awaiting
    // a temporary one, or giving it to a combinator, gives a copy. Cancelling the await leaves the work alone.
    Task<T> into_task() const { return detail::await_shared<T>(state_); }

private:
    friend struct detail::DeferredAccess;

    SharedDeferred(const detail::DeferredRef<detail::DeferredState<T>>& before, const Site& site) {
        before->check_unclaimed();
        state_ = detail::DeferredRef<detail::SharedState<T>>(new detail::SharedState<T>(*before, site));
        before->attach(*state_);
    }

    Deferred<Seen> branch(const Site& site) const { return detail::DeferredAccess::make<Seen>(state_->branch(site)); }

    const detail::DeferredRef<detail::SharedState<T>>& state() const noexcept { return state_; }

    detail::DeferredRef<detail::SharedState<T>> state_;
};

template <class T>
auto make_awaiter(TaskPromiseBase& promise, const SharedDeferred<T>& shared) {
    using Awaiter = detail::DeferredAwaiter<detail::SharedValue<T>>;
    return Checkpoint<Awaiter>(
        promise, [&] { return Awaiter(promise, detail::DeferredAccess::state(shared)->branch(promise.site())); });
}
template <class T>
auto make_awaiter(TaskPromiseBase& promise, SharedDeferred<T>& shared) {
    return make_awaiter(promise, std::as_const(shared));
}
template <class T>
auto make_awaiter(TaskPromiseBase& promise, SharedDeferred<T>&& shared) {
    using Awaiter = detail::SharedCopyAwaiter<T>;
    return Checkpoint<Awaiter>(
        promise, [&] { return Awaiter(promise, detail::DeferredAccess::state(shared)->branch(promise.site())); });
}

} // namespace corduroy
