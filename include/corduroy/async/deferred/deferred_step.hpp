#pragma once

#include <corduroy/async/deferred/deferred_state.hpp>
#include <corduroy/async/deferred/deferred_task.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/result.hpp>

#include <functional>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace corduroy::detail {

// The value that a Deferred made from what a callback returns has.
template <class Returned>
struct DeferredValue {
    using type = std::remove_cvref_t<Returned>;
};
template <>
struct DeferredValue<void> {
    using type = void;
};
template <class Returned>
    requires is_result<std::remove_cvref_t<Returned>>
struct DeferredValue<Returned> {
    using type = typename std::remove_cvref_t<Returned>::value_type;
};
template <class Returned>
    requires is_deferred<std::remove_cvref_t<Returned>>
struct DeferredValue<Returned> {
    using type = typename std::remove_cvref_t<Returned>::value_type;
};
template <class Returned>
    requires is_shared_deferred<std::remove_cvref_t<Returned>>
struct DeferredValue<Returned> {
    using type = typename std::remove_cvref_t<Returned>::value_type;
};
template <class Returned>
    requires(IntoTask<Returned> && !is_any_deferred<std::remove_cvref_t<Returned>>)
struct DeferredValue<Returned> {
    using type = task_value_t<Returned>;
};
template <class Returned>
using deferred_value_t = typename DeferredValue<Returned>::type;

// What calling F with the value of a Deferred<T> returns.
template <class F, class T>
struct OnValue : std::invoke_result<F&, T&&> {};
template <class F>
struct OnValue<F, void> : std::invoke_result<F&> {};

template <class F, class T>
concept CallbackFor = requires { typename OnValue<F, T>::type; };

// Whether what an errback returns can stand for the value of a Deferred<T>, or for none.
template <class Returned>
inline constexpr bool is_failure = std::is_same_v<std::remove_cvref_t<Returned>, Failure>;
template <class Returned, class T>
inline constexpr bool recovers_to = is_failure<Returned> || std::is_same_v<deferred_value_t<Returned>, T>;
template <class Returned, class T>
    requires(!std::is_void_v<Returned> && !std::is_void_v<T> && !is_any_deferred<std::remove_cvref_t<Returned>> &&
             !IntoTask<Returned> && !is_result<std::remove_cvref_t<Returned>> && !is_failure<Returned>)
inline constexpr bool recovers_to<Returned, T> = std::is_convertible_v<Returned, T>;

// The kinds of continuation: what they do with a value and what with a failure. A side that is missing passes it on.
template <class F>
struct ValueHandler {
    F callback;
    static constexpr bool takes_value = true;
    static constexpr bool takes_failure = false;
    template <class... Value>
    decltype(auto) value(Value&&... value) {
        return std::invoke(callback, std::forward<Value>(value)...);
    }
};
template <class F>
struct FailureHandler {
    F errback;
    static constexpr bool takes_value = false;
    static constexpr bool takes_failure = true;
    decltype(auto) failure(const Failure& failure) { return std::invoke(errback, Failure(failure)); }
};
template <class F, class G>
struct EitherHandler : ValueHandler<F>, FailureHandler<G> {
    static constexpr bool takes_value = true;
    static constexpr bool takes_failure = true;
};
template <class T, class F>
struct BothHandler {
    F both;
    static constexpr bool takes_value = true;
    static constexpr bool takes_failure = true;
    template <class... Value>
    decltype(auto) value(Value&&... value) {
        return std::invoke(both, Result<T>(std::forward<Value>(value)...));
    }
    decltype(auto) failure(const Failure& failure) { return std::invoke(both, Result<T>(failure)); }
};

// The state of a Deferred<U> that a callback makes from a Deferred<T>.
template <class T, class U, class Handler>
class DeferredStep final : public DeferredState<U> {
public:
    DeferredStep(const DeferredState<T>& before, Handler handler, const std::source_location& site)
        : DeferredState<U>(before, site), handler_(std::move(handler)) {}

    // Until it has been called.
    Handler& handler() noexcept { return *handler_; }

private:
    DeferredCore* step(DeferredCore& from) noexcept override {
        if (this->following()) {
            this->take_result(static_cast<DeferredState<U>&>(from));
        } else {
            auto& before = static_cast<DeferredState<T>&>(from);
            if (!concerned())
                pass(before);
            else if (before.has_value())
                step_value(before);
            else
                step_failure(before);
            if (!this->called()) {
                // A coroutine that the callback returned may refer to its captures and its argument.
                argument_ = DeferredRef<DeferredState<T>>(&before);
                return this;
            }
            before.forget_value();
        }
        handler_.reset();
        argument_ = {};
        return this;
    }

    // A handler may let everything by that it has nothing to do with.
    bool concerned() const noexcept {
        if constexpr (requires { handler_->concerned(); }) return handler_->concerned();
        return true;
    }
    void pass(DeferredState<T>& before) noexcept {
        if constexpr (std::is_same_v<T, U>) this->take_result(before);
    }

    void step_value(DeferredState<T>& before) noexcept {
        if constexpr (Handler::takes_value) {
            auto value = [&]<class... Value>(Value&&... value) -> decltype(auto) {
                return handler_->value(std::forward<Value>(value)...);
            };
            call({}, [&]() -> decltype(auto) { return before.use_value(value); });
        } else {
            this->take_result(before);
        }
    }

    void step_failure(DeferredState<T>& before) noexcept {
        if constexpr (Handler::takes_failure) {
            if (!this->hands_over(before)) return this->take_failure(before);
            before.mark_taken();
            call(before.failure(), [&]() -> decltype(auto) { return handler_->failure(before.failure()); });
        } else {
            this->take_failure(before);
        }
    }

    // Calls the callback, and makes what it returns or throws this state's result. `given` is the failure it is given.
    template <class Callback>
    void call(const Failure& given, Callback callback) noexcept {
        using Returned = decltype(callback());
        using Plain = std::remove_cvref_t<Returned>;
        try {
            CallbackScope in(this->scope());
            if constexpr (std::is_void_v<Returned>) {
                callback();
                this->set_value();
            } else if constexpr (is_deferred<Plain>) {
                take_or_follow(DeferredAccess::take(Plain(callback())));
            } else if constexpr (is_shared_deferred<Plain>) {
                take_or_follow_fork(Plain(callback()).fork(this->site()));
            } else if constexpr (IntoTask<Returned>) {
                take_or_follow(start_deferred(to_task(callback()), this->site()));
            } else if constexpr (is_failure<Returned>) {
                this->fail_by_callback(given, callback());
            } else if constexpr (is_result<Plain>) {
                Plain result = callback();
                if (result)
                    this->set_result(std::move(result));
                else
                    this->fail_by_callback(given, std::move(result).failure());
            } else {
                this->set_value(callback());
            }
        } catch (...) {
            this->fail_by_callback(given, Failure::current());
        }
    }

    void take_or_follow(DeferredRef<DeferredState<U>> inner) {
        if (!this->follow(*inner)) this->take_result(*inner);
    }

    // A branch that was made for this chain has no use where the chain does not take it.
    void take_or_follow_fork(Deferred<U> fork) {
        DeferredRef<DeferredState<U>> inner = DeferredAccess::take(std::move(fork));
        try {
            take_or_follow(inner);
        } catch (...) {
            inner->cancel(this->site(), false);
            throw;
        }
    }

    std::optional<Handler> handler_;
    DeferredRef<DeferredState<T>> argument_;
};

} // namespace corduroy::detail
