#pragma once

#include <corduroy/async/deferred/deferred_core.hpp>
#include <corduroy/base/names.hpp>
#include <corduroy/base/result.hpp>

#include <concepts>
#include <memory>
#include <new>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace corduroy {

template <class T = void>
class Deferred;
template <class T = void>
class DeferredSource;
template <class T>
class SharedDeferred;

namespace detail {

template <class T>
inline constexpr bool is_deferred = false;
template <class T>
inline constexpr bool is_deferred<Deferred<T>> = true;
template <class T>
inline constexpr bool is_shared_deferred = false;
template <class T>
inline constexpr bool is_shared_deferred<SharedDeferred<T>> = true;
template <class T>
inline constexpr bool is_any_deferred = is_deferred<T> || is_shared_deferred<T>;

// A counted reference to a state.
template <class State>
class DeferredRef {
public:
    DeferredRef() noexcept = default;
    explicit DeferredRef(State* state) noexcept : state_(state) {
        if (state_ != nullptr) state_->retain();
    }
    DeferredRef(const DeferredRef& other) noexcept : DeferredRef(other.state_) {}
    DeferredRef(DeferredRef&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    template <class Derived>
        requires std::convertible_to<Derived*, State*>
    DeferredRef(const DeferredRef<Derived>& other) noexcept : DeferredRef(other.get()) {}
    DeferredRef& operator=(DeferredRef other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~DeferredRef() {
        if (state_ != nullptr) state_->release();
    }

    explicit operator bool() const noexcept { return state_ != nullptr; }
    State* get() const noexcept { return state_; }
    State* operator->() const noexcept { return state_; }
    State& operator*() const noexcept { return *state_; }

private:
    State* state_ = nullptr;
};

template <class T>
class DeferredState;

// How those of this folder reach the state behind a Deferred.
struct DeferredAccess {
    template <class T>
    static DeferredRef<DeferredState<T>> take(Deferred<T>&& deferred) {
        return deferred.take_state();
    }
    template <class Handle>
    static const auto& state(const Handle& handle) {
        return handle.state();
    }
    template <class T>
    static Deferred<T> make(DeferredRef<DeferredState<T>> state) {
        return Deferred<T>(std::move(state));
    }
};

// What a description says of a value: numbers and strings as they are, of others the type.
template <class Value>
std::string value_text(const Value& value) {
    if constexpr (std::is_same_v<Value, bool>)
        return value ? "true" : "false";
    else if constexpr (std::is_arithmetic_v<Value>)
        return std::to_string(value);
    else if constexpr (std::is_convertible_v<const Value&, std::string_view>)
        return '"' + std::string(std::string_view(value)) + '"';
    else
        return "a " + readable_type(typeid(Value));
}

// The state behind a Deferred<T>: has room for the value.
template <class T>
class DeferredState : public DeferredCore {
public:
    using Stored = std::conditional_t<std::is_void_v<T>, std::monostate,
                                      std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, T>>;
    static_assert(alignof(Stored) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__, "a Deferred's value may not be over-aligned");

    explicit DeferredState(const std::source_location& created) noexcept : DeferredCore(Kind::plain, created) {}
    using DeferredCore::DeferredCore;

    // Fires it with a value.
    template <class... Value>
    void callback(const std::source_location& site, Value&&... value) {
        if (!may_fire(site)) return;
        store(std::forward<Value>(value)...);
        mark_fired(site);
        run();
    }
    void settle(const std::source_location& site, Result<T> result) {
        if (!result) return errback(std::move(result).failure(), site);
        if constexpr (std::is_void_v<T>)
            callback(site);
        else
            callback(site, std::move(result).value());
    }
    // The same with what another state came to, but the callbacks are left to who calls this. False where it is
    // ignored.
    bool fire_with(DeferredState& from, const std::source_location& site) {
        if (!may_fire(site)) return false;
        mark_fired(site);
        take_result(from);
        return true;
    }

    std::string description() const {
        if constexpr (std::is_void_v<T>)
            return describe("nothing");
        else
            return describe(has_value() ? value_text(value()) : std::string());
    }

    // Hands the value that there is to `use`, in place.
    template <class Use>
    decltype(auto) use_value(Use& use) {
        mark_taken();
        if constexpr (std::is_void_v<T>)
            return use();
        else if constexpr (std::is_reference_v<T>)
            return use(static_cast<T>(**value_));
        else
            return use(std::move(*value_));
    }
    void forget_value() noexcept { value_.reset(); }
    // The value that there is, which stays.
    decltype(auto) value() const {
        if constexpr (std::is_reference_v<T>)
            return (**value_);
        else
            return (*value_);
    }
    T take_value() {
        struct Forget {
            DeferredState& state;
            ~Forget() { state.forget_value(); }
        } forget{*this};
        auto value = []<class... Value>(Value&&... value) -> T { return (static_cast<Value&&>(value), ...); };
        return use_value(value);
    }

protected:
    template <class... Value>
    void store(Value&&... value) {
        if constexpr (std::is_reference_v<T>)
            value_.emplace(std::addressof(value)...);
        else
            value_.emplace(std::forward<Value>(value)...);
    }
    template <class... Value>
    void set_value(Value&&... value) {
        store(std::forward<Value>(value)...);
        set_value_ready();
    }
    void set_result(Result<T> result) {
        if (!result) return set_failure(std::move(result).failure());
        if constexpr (std::is_void_v<T>)
            set_value();
        else
            set_value(std::move(result).value());
    }
    // Takes over what another state came to.
    void take_result(DeferredState& from) noexcept {
        if (!from.has_value()) return take_failure(from);
        try {
            auto keep = [&]<class... Value>(Value&&... value) { set_value(std::forward<Value>(value)...); };
            from.use_value(keep);
        } catch (...) {
            set_failure(Failure::current());
        }
        from.forget_value();
    }

private:
    std::optional<Stored> value_;
};

// The state of a Deferred that was made with a canceller.
template <class T, class Canceller>
class CancellableState final : public DeferredState<T> {
public:
    CancellableState(Canceller canceller, const std::source_location& created)
        : DeferredState<T>(created), canceller_(std::move(canceller)) {}

private:
    void call_canceller() override {
        if (!canceller_) return;
        Canceller canceller = std::move(*canceller_); // it is forgotten when it fires the Deferred, while it runs
        canceller_.reset();
        if constexpr (std::is_invocable_v<Canceller&>) {
            canceller();
        } else {
            DeferredSource<T> source{DeferredRef<DeferredState<T>>(this)};
            canceller(source);
        }
    }
    void forget_canceller() noexcept override { canceller_.reset(); }

    std::optional<Canceller> canceller_;
};

} // namespace detail

} // namespace corduroy
