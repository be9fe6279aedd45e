#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/generator/generator_adaptors.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/cancelled.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// The coroutines behind the adaptors that need nothing at their side. Each closes its source however it ends.

namespace corduroy::detail {

// An item as it is passed on: a value is given away, a reference stays one.
template <class T>
T&& pass_on(std::optional<T>& item) noexcept {
    return std::move(*item);
}
template <class T>
T& pass_on(T* item) noexcept {
    return *item;
}

template <class F, class Argument>
inline constexpr bool gives_task = IntoTask<std::invoke_result_t<F&, Argument>>;

// What calling an adaptor's function comes to, awaited where it can be.
template <class F, class Argument>
struct CallValue : std::invoke_result<F&, Argument> {};
template <class F, class Argument>
    requires gives_task<F, Argument>
struct CallValue<F, Argument> {
    using type = task_value_t<std::invoke_result_t<F&, Argument>>;
};
template <class F, class Argument>
using call_value_t = typename CallValue<F, Argument>::type;

// What a generator gives for a value that a function returned or a Task gave: std::monostate for void.
template <class Value>
using item_of_t =
    std::conditional_t<std::is_void_v<Value>, std::monostate,
                       std::conditional_t<std::is_lvalue_reference_v<Value>, Value, std::remove_cvref_t<Value>>>;

// Awaits a Task, and gives its value as an item.
template <class T>
Task<typename AsyncGenerator<item_of_t<T>>::Item> await_item(Task<T> task) {
    if constexpr (std::is_void_v<T>) {
        co_await std::move(task);
        co_return std::monostate();
    } else if constexpr (std::is_reference_v<T>) {
        T value = co_await std::move(task);
        co_return std::addressof(value);
    } else {
        co_return co_await std::move(task);
    }
}

template <class T, class F>
AsyncGenerator<item_of_t<call_value_t<F, T&&>>> map_items(AsyncGenerator<T> source, F f) {
    Failure failure;
    try {
        while (auto item = co_await source.next()) {
            if constexpr (gives_task<F, T&&>) {
                auto task = to_task(std::invoke(f, pass_on(item)));
                co_yield co_await std::move(task);
            } else {
                co_yield std::invoke(f, pass_on(item));
            }
        }
    } catch (...) {
        failure = Failure::current();
    }
    co_await source.close(std::move(failure));
}

enum class Unwanted { is_skipped, is_the_end };

template <Unwanted unwanted, class T, class F>
AsyncGenerator<T> select_items(AsyncGenerator<T> source, F wanted) {
    Failure failure;
    try {
        while (auto item = co_await source.next()) {
            bool is_wanted = false;
            if constexpr (gives_task<F, const std::remove_reference_t<T>&>) {
                auto task = to_task(std::invoke(wanted, std::as_const(*item)));
                is_wanted = co_await std::move(task);
            } else {
                is_wanted = std::invoke(wanted, std::as_const(*item));
            }
            if (is_wanted)
                co_yield pass_on(item);
            else if (unwanted == Unwanted::is_the_end)
                break;
        }
    } catch (...) {
        failure = Failure::current();
    }
    co_await source.close(std::move(failure));
}

template <class T>
AsyncGenerator<T> take_items(AsyncGenerator<T> source, std::size_t count) {
    Failure failure;
    try {
        for (; count != 0; --count) {
            auto item = co_await source.next();
            if (!item) break;
            co_yield pass_on(item);
        }
    } catch (...) {
        failure = Failure::current();
    }
    co_await source.close(std::move(failure));
}

template <class T>
AsyncGenerator<std::vector<std::remove_cvref_t<T>>> chunk_items(AsyncGenerator<T> source, std::size_t size) {
    Failure failure;
    std::vector<std::remove_cvref_t<T>> chunk;
    try {
        while (auto item = co_await source.next()) {
            chunk.push_back(pass_on(item));
            if (chunk.size() == size) co_yield std::exchange(chunk, {});
        }
    } catch (...) {
        failure = Failure::current();
    }
    if (!chunk.empty() && !failure.cancelled()) {
        try {
            co_yield std::move(chunk);
        } catch (const Cancelled&) { // closed here; it was the last one anyhow
        }
    }
    co_await source.close(std::move(failure));
}

[[noreturn]] void refuse_no_items(const char* function);

inline void check_count(std::size_t count, const char* function) {
    if (count == 0) refuse_no_items(function);
}

} // namespace corduroy::detail

namespace corduroy {

template <class Self>
template <class F>
auto GeneratorAdaptors<Self>::map(F&& f) && {
    detail::guard_callable<F>();
    return self().adapt([f = std::decay_t<F>(std::forward<F>(f))]<class T>(AsyncGenerator<T> source) mutable {
        return detail::map_items(std::move(source), std::move(f));
    });
}

template <class Self>
template <class F>
auto GeneratorAdaptors<Self>::filter(F&& f) && {
    detail::guard_callable<F>();
    return self().adapt([f = std::decay_t<F>(std::forward<F>(f))]<class T>(AsyncGenerator<T> source) mutable {
        return detail::select_items<detail::Unwanted::is_skipped>(std::move(source), std::move(f));
    });
}

template <class Self>
template <class F>
auto GeneratorAdaptors<Self>::take_while(F&& f) && {
    detail::guard_callable<F>();
    return self().adapt([f = std::decay_t<F>(std::forward<F>(f))]<class T>(AsyncGenerator<T> source) mutable {
        return detail::select_items<detail::Unwanted::is_the_end>(std::move(source), std::move(f));
    });
}

template <class Self>
auto GeneratorAdaptors<Self>::take(std::size_t count) && {
    return self().adapt(
        [count]<class T>(AsyncGenerator<T> source) { return detail::take_items(std::move(source), count); });
}

template <class Self>
auto GeneratorAdaptors<Self>::chunks(std::size_t size) && {
    detail::check_count(size, "chunks");
    return self().adapt(
        [size]<class T>(AsyncGenerator<T> source) { return detail::chunk_items(std::move(source), size); });
}

} // namespace corduroy
