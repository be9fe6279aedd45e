#pragma once

#include <corduroy/base/failure.hpp>
#include <corduroy/base/fatal.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

namespace corduroy {

template <class T>
class Result;

namespace detail {

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<Result<T>> = true;

// What the three kinds of Result have in common: either what is `Stored` or a Failure.
template <class Stored>
class [[nodiscard]] ResultBase {
public:
    // True if it holds a value.
    bool has_value() const noexcept { return content_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    // The failure; empty where there is a value.
    const Failure& failure() const& noexcept {
        static const Failure none;
        return has_value() ? none : *std::get_if<1>(&content_);
    }
    Failure failure() && noexcept { return has_value() ? Failure() : std::move(*std::get_if<1>(&content_)); }

protected:
    template <class... Arguments>
    explicit ResultBase(std::in_place_index_t<0> place, Arguments&&... arguments)
        : content_(place, std::forward<Arguments>(arguments)...) {}

    explicit ResultBase(Failure&& failure) : content_(std::in_place_index<1>, std::move(failure)) {
        if (!this->failure()) fatal("a Result was made of an empty Failure");
    }

    Stored& stored() {
        if (!has_value()) [[unlikely]]
            std::get_if<1>(&content_)->rethrow();
        return *std::get_if<0>(&content_);
    }
    const Stored& stored() const { return const_cast<ResultBase&>(*this).stored(); }

private:
    std::variant<Stored, Failure> content_;
};

} // namespace detail

// What an operation came to: a value or a Failure. It can be moved if T can, and copied if T can. Whichever way one
// asks for the value of a Result that holds a failure, `value`, `*` or `->`, the exception is thrown.
template <class T>
class [[nodiscard]] Result : public detail::ResultBase<T> {
    static_assert(std::is_object_v<T> && !std::is_same_v<std::remove_cv_t<T>, Failure>,
                  "a Result holds a value, a reference or void; a Failure is what it holds instead");
    using Base = detail::ResultBase<T>;

public:
    using value_type = T;

    // Of a value, or of what makes one.
    template <class U = T>
        requires(std::constructible_from<T, U> && !detail::is_result<std::remove_cvref_t<U>> &&
                 !std::same_as<std::remove_cvref_t<U>, Failure>)
    explicit(!std::convertible_to<U, T>) Result(U&& value) : Base(std::in_place_index<0>, std::forward<U>(value)) {}

    Result(Failure failure) : Base(std::move(failure)) {}

    T& value() & { return this->stored(); }
    const T& value() const& { return this->stored(); }
    T&& value() && { return std::move(this->stored()); }

    T& operator*() & { return this->stored(); }
    const T& operator*() const& { return this->stored(); }
    T&& operator*() && { return std::move(this->stored()); }

    T* operator->() { return std::addressof(this->stored()); }
    const T* operator->() const { return std::addressof(this->stored()); }

    // The value, or `other` where there is none.
    template <class U>
    T value_or(U&& other) const& {
        if (this->has_value()) return this->stored();
        return static_cast<T>(std::forward<U>(other));
    }
    template <class U>
    T value_or(U&& other) && {
        if (this->has_value()) return std::move(this->stored());
        return static_cast<T>(std::forward<U>(other));
    }
};

template <class T>
Result(T) -> Result<T>;

// Holds a reference: what it refers to belongs to somebody else.
template <class T>
class [[nodiscard]] Result<T&> : public detail::ResultBase<T*> {
    using Base = detail::ResultBase<T*>;

public:
    using value_type = T&;

    Result(T& value) : Base(std::in_place_index<0>, std::addressof(value)) {}
    Result(T&& value) = delete;
    Result(Failure failure) : Base(std::move(failure)) {}

    T& value() const { return *this->stored(); }
    T& operator*() const { return *this->stored(); }
    T* operator->() const { return this->stored(); }

    T& value_or(T& other) const { return this->has_value() ? *this->stored() : other; }
};

// Success that has nothing to say, which is what it holds at first, or a Failure.
template <>
class [[nodiscard]] Result<void> : public detail::ResultBase<std::monostate> {
    using Base = detail::ResultBase<std::monostate>;

public:
    using value_type = void;

    Result() : Base(std::in_place_index<0>) {}
    Result(Failure failure) : Base(std::move(failure)) {}

    void value() const { static_cast<void>(this->stored()); }
    void operator*() const { value(); }
};

} // namespace corduroy
