#pragma once

#include <corduroy/async/generator/async_generator.hpp>

#include <ranges>
#include <type_traits>
#include <utility>

namespace corduroy {

namespace detail {

template <class View>
using view_item_t =
    std::conditional_t<std::is_lvalue_reference_v<std::ranges::range_reference_t<View>>,
                       std::ranges::range_reference_t<View>, std::remove_cvref_t<std::ranges::range_reference_t<View>>>;

template <class View>
AsyncGenerator<view_item_t<View>> yield_elements(View view) {
    for (auto&& element : view) co_yield std::forward<decltype(element)>(element);
}

} // namespace detail

// A generator of a range's elements: references where the range has them, as a container does, values where it makes
// them. A container that is an lvalue must outlive the generator; an rvalue is kept in it.
template <std::ranges::viewable_range Range>
auto generator_of(Range&& range) {
    return detail::yield_elements<std::views::all_t<Range>>(std::views::all(std::forward<Range>(range)));
}

} // namespace corduroy
