#pragma once

#include <corduroy/base/fatal.hpp>

#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace corduroy {

template <class Signature>
class UniqueFunction;

namespace detail {

template <class T>
inline constexpr bool is_unique_function = false;
template <class Signature>
inline constexpr bool is_unique_function<UniqueFunction<Signature>> = true;

} // namespace detail

// A callable that is moved and never copied, so that it may own what only one can own (a Task, a unique_ptr). Callables
// of up to six words whose move cannot throw live inside the object, larger ones on the heap; so moving a
// UniqueFunction never throws and never allocates. The whole takes one cache line.
//
// Calling it is not const: the callable may change its own state. Calling an empty one ends the program with a message;
// test with `if (function)`. A null function pointer makes an empty one. There is no way to ask what is inside.
template <class R, class... Arguments>
class UniqueFunction<R(Arguments...)> {
    static constexpr std::size_t room = 6 * sizeof(void*);

    template <class F>
    static constexpr bool fits_inside =
        sizeof(F) <= room && alignof(F) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<F>;

    // Callables that are plain bytes move by copying the bytes and need no destruction.
    template <class F>
    static constexpr bool is_bytes = fits_inside<F> && std::is_trivially_copyable_v<F>;

public:
    UniqueFunction() noexcept = default;
    UniqueFunction(std::nullptr_t) noexcept {}

    // Takes the callable over (a copy of an lvalue, the contents of an rvalue).
    template <class Callable, class F = std::decay_t<Callable>>
        requires(!detail::is_unique_function<F> && std::is_invocable_r_v<R, F&, Arguments...>)
    UniqueFunction(Callable&& callable) {
        constexpr bool may_be_null = (std::is_pointer_v<F> || std::is_member_pointer_v<F>) &&
                                     !std::is_function_v<std::remove_reference_t<Callable>>;
        if constexpr (may_be_null) {
            if (callable == nullptr) return;
        }
        if constexpr (fits_inside<F>) {
            ::new (static_cast<void*>(storage_)) F(std::forward<Callable>(callable));
            call_ = &call_inside<F>;
            if constexpr (!is_bytes<F>) manage_ = &manage_inside<F>;
        } else {
            F* target = new F(std::forward<Callable>(callable));
            std::memcpy(storage_, &target, sizeof target);
            call_ = &call_outside<F>;
            manage_ = &manage_outside<F>;
        }
    }

    UniqueFunction(UniqueFunction&& other) noexcept { take(other); }

    UniqueFunction& operator=(UniqueFunction&& other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }

    UniqueFunction& operator=(std::nullptr_t) noexcept {
        reset();
        return *this;
    }

    ~UniqueFunction() {
        if (manage_) manage_(storage_, nullptr);
    }

    // True if there is something to call.
    explicit operator bool() const noexcept { return call_ != nullptr; }

    // Calls it. What it throws comes through.
    R operator()(Arguments... arguments) {
        if (!call_) [[unlikely]]
            fatal("an empty UniqueFunction was called");
        return call_(storage_, std::forward<Arguments>(arguments)...);
    }

private:
    using Call = R (*)(std::byte*, Arguments&&...);
    // Destroys what `from` holds; where `to` is given, moves it there first.
    using Manage = void (*)(std::byte* from, std::byte* to) noexcept;

    template <class F>
    static F* inside(std::byte* storage) noexcept {
        return std::launder(reinterpret_cast<F*>(storage));
    }

    template <class F>
    static F* outside(std::byte* storage) noexcept {
        F* target;
        std::memcpy(&target, storage, sizeof target);
        return target;
    }

    template <class F>
    static R invoke(F& target, Arguments&&... arguments) {
        if constexpr (std::is_void_v<R>) {
            static_cast<void>(std::invoke(target, std::forward<Arguments>(arguments)...));
        } else {
            return std::invoke(target, std::forward<Arguments>(arguments)...);
        }
    }

    template <class F>
    static R call_inside(std::byte* storage, Arguments&&... arguments) {
        return invoke(*inside<F>(storage), std::forward<Arguments>(arguments)...);
    }

    template <class F>
    static R call_outside(std::byte* storage, Arguments&&... arguments) {
        return invoke(*outside<F>(storage), std::forward<Arguments>(arguments)...);
    }

    template <class F>
    static void manage_inside(std::byte* from, std::byte* to) noexcept {
        F* source = inside<F>(from);
        if (to) ::new (static_cast<void*>(to)) F(std::move(*source));
        source->~F();
    }

    template <class F>
    static void manage_outside(std::byte* from, std::byte* to) noexcept {
        if (to) {
            std::memcpy(to, from, sizeof(F*));
        } else {
            delete outside<F>(from);
        }
    }

    // GCC warns of the bytes behind a callable that is smaller than the room.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    void take(UniqueFunction& other) noexcept {
        if (other.manage_) {
            other.manage_(other.storage_, storage_);
        } else if (other.call_) {
            std::memcpy(storage_, other.storage_, room);
        }
        call_ = std::exchange(other.call_, nullptr);
        manage_ = std::exchange(other.manage_, nullptr);
    }
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

    void reset() noexcept {
        call_ = nullptr;
        Manage manage = std::exchange(manage_, nullptr);
        if (manage) manage(storage_, nullptr);
    }

    alignas(std::max_align_t) std::byte storage_[room];
    Call call_ = nullptr;
    Manage manage_ = nullptr;
};

} // namespace corduroy
