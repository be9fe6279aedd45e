#pragma once

#include <corduroy/base/failure.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace corduroy {

// A value or a Failure: what `attempt` and `settle` give for each piece of work. T may be a reference, void or
// move-only.
template <class T>
class [[nodiscard]] Result {
    using Stored = std::conditional_t<std::is_reference_v<T>, std::add_pointer_t<T>, T>;
    using Object = std::remove_reference_t<T>;

public:
    template <class U>
        requires std::convertible_to<U&&, T> && (!std::same_as<std::remove_cvref_t<U>, Result>)
    Result(U&& value) { // implicit, as a value is a result
        if constexpr (std::is_reference_v<T>) {
            T reference = static_cast<U&&>(value);
            value_.emplace(std::addressof(reference));
        } else {
            value_.emplace(std::forward<U>(value));
        }
    }
    Result(Failure failure) noexcept : failure_(std::move(failure)) {}

    bool has_value() const noexcept { return value_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }

    // The value; where there is none, the failure is thrown.
    Object& value() & {
        if (!value_) failure_.rethrow();
        return object();
    }
    const Object& value() const& {
        if (!value_) failure_.rethrow();
        return object();
    }
    T value() && {
        if (!value_) failure_.rethrow();
        return static_cast<T&&>(object());
    }

    Object& operator*() & { return value(); }
    const Object& operator*() const& { return value(); }
    T operator*() && { return std::move(*this).value(); }
    Object* operator->() { return std::addressof(value()); }
    const Object* operator->() const { return std::addressof(value()); }

    template <class U>
    std::remove_cv_t<Object> value_or(U&& otherwise) const& {
        if (value_) return object();
        return static_cast<std::remove_cv_t<Object>>(std::forward<U>(otherwise));
    }

    // The failure; empty where there is a value.
    const Failure& failure() const noexcept { return failure_; }

private:
    Object& object() noexcept {
        if constexpr (std::is_reference_v<T>)
            return **value_;
        else
            return *value_;
    }
    const Object& object() const noexcept {
        if constexpr (std::is_reference_v<T>)
            return **value_;
        else
            return *value_;
    }

    std::optional<Stored> value_;
    Failure failure_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() noexcept = default;
    Result(Failure failure) noexcept : failure_(std::move(failure)) {}

    bool has_value() const noexcept { return !failure_; }
    explicit operator bool() const noexcept { return has_value(); }
    void value() const {
        if (failure_) failure_.rethrow();
    }
    const Failure& failure() const noexcept { return failure_; }

private:
    Failure failure_;
};

} // namespace corduroy
