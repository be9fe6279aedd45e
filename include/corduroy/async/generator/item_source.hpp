#pragma once

#include <corduroy/async/generator/generator_of.hpp>
#include <corduroy/async/generator/pipeline.hpp>

#include <ranges>
#include <type_traits>
#include <utility>

namespace corduroy {

namespace detail {

template <class T>
inline constexpr bool is_generator = false;
template <class T>
inline constexpr bool is_generator<AsyncGenerator<T>> = true;
template <class T>
inline constexpr bool is_generator<Pipeline<T>> = true;

// A generator or Pipeline that is given away, or a range.
template <class T>
concept ItemSource = is_generator<T> || (!is_generator<std::remove_cvref_t<T>> && std::ranges::viewable_range<T>);

template <ItemSource Source>
auto to_item_source(Source&& source) {
    if constexpr (is_generator<Source>)
        return std::move(source);
    else
        return generator_of(std::forward<Source>(source));
}

} // namespace detail

} // namespace corduroy
