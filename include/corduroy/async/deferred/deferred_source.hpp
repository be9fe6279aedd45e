#pragma once

#include <corduroy/async/deferred/deferred_error.hpp>
#include <corduroy/async/deferred/deferred_state.hpp>
#include <corduroy/base/failure.hpp>

#include <concepts>
#include <exception>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

namespace corduroy {

namespace detail {

template <class T>
class ForwardStep;

// What Deferred and DeferredSource have in common: a state and the right to fire it.
template <class T>
class DeferredHandle {
    using Site = std::source_location;

public:
    // Fires it with a value; without one where T is void. The callbacks run before this returns. Throws
    // AlreadyCalledError where it was fired before, and an Error where it is not fired by hand: a Deferred of a Task,
    // or one that `add_callback` returned. After `cancel` one call is ignored: the late result of what was cancelled.
    void callback(Site site = Site::current()) const
        requires std::is_void_v<T>
    {
        state()->callback(site);
    }
    template <class U = T>
        requires(!std::is_void_v<T> && std::convertible_to<U &&, T>)
    void callback(U&& value, Site site = Site::current()) const {
        state()->callback(site, std::forward<U>(value));
    }

    // Fires it with whichever of the two the Result holds.
    template <class R>
        requires std::same_as<std::remove_cvref_t<R>, Result<T>>
    void callback(R&& result, Site site = Site::current()) const {
        state()->settle(site, std::forward<R>(result));
    }

    // Fires it with a failure, with an exception, or, in a catch block, with the one being handled.
    void errback(Failure failure, Site site = Site::current()) const { state()->errback(std::move(failure), site); }
    void errback(std::exception_ptr exception, Site site = Site::current()) const {
        state()->errback(Failure(std::move(exception)), site);
    }
    template <std::derived_from<std::exception> E>
    void errback(E error, Site site = Site::current()) const {
        state()->errback(Failure::of(std::move(error)), site);
    }
    void errback(Site site = Site::current()) const { state()->errback(Failure::current(), site); }

    // Whether it has come to a result.
    bool called() const { return state()->called(); }

    // Holds the result back, once it is there, from the callback or coroutine that is to have it, until `unpause` was
    // called as often as `pause`; that runs the callbacks. A cancelled await does not wait for it: the result then
    // stays here. When the last handle and source go, the pause ends.
    void pause() const { state()->pause(); }
    void unpause() const { state()->unpause(); }

    // For people: where it was made, and what it waits for or came to, as in "a Deferred created at lookup.cpp:12
    // find, waiting on the Deferred created at dns.cpp:40 ask".
    std::string description() const { return state()->description(); }

protected:
    DeferredHandle() noexcept = default;
    explicit DeferredHandle(DeferredRef<DeferredState<T>> state) noexcept : state_(std::move(state)) {
        if (state_) state_->add_source();
    }
    DeferredHandle(const DeferredHandle& other) noexcept : DeferredHandle(other.state_) {}
    DeferredHandle(DeferredHandle&& other) noexcept : state_(std::exchange(other.state_, {})) {}
    DeferredHandle& operator=(const DeferredHandle& other) noexcept { return *this = DeferredHandle(other); }
    DeferredHandle& operator=(DeferredHandle&& other) noexcept {
        DeferredHandle old(std::move(other));
        std::swap(state_, old.state_);
        return *this;
    }
    ~DeferredHandle() {
        if (state_) state_->drop_source();
    }

    // The state; it stays this handle's.
    const DeferredRef<DeferredState<T>>& state() const {
        if (!state_) throw Error("a Deferred that was moved from was used");
        return state_;
    }
    // The state; the right to fire it goes.
    DeferredRef<DeferredState<T>> take_state() {
        DeferredRef<DeferredState<T>> state = this->state();
        *this = DeferredHandle();
        return state;
    }

private:
    friend struct DeferredAccess;

    DeferredRef<DeferredState<T>> state_;
};

} // namespace detail

// The right to fire a Deferred, for a producer that has handed the Deferred itself out. Copies share it. When the last
// copy and the Deferred's own handle are gone and it was not fired, it fails with AbandonedError.
//
//     Deferred<int> answer() {
//         Deferred<int> result;
//         Reactor::current().call_later(1s, [source = result.source()] { source.callback(42); });
//         return result;
//     }
template <class T>
class DeferredSource : public detail::DeferredHandle<T> {
public:
    using value_type = T;

private:
    friend struct detail::DeferredAccess;
    friend class Deferred<T>;
    template <class, class>
    friend class detail::CancellableState;
    template <class>
    friend class detail::ForwardStep;
    explicit DeferredSource(detail::DeferredRef<detail::DeferredState<T>> state) noexcept
        : detail::DeferredHandle<T>(std::move(state)) {}
};

} // namespace corduroy
