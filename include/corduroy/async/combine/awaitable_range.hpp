#pragma once

#include <corduroy/async/awaiting.hpp>
#include <corduroy/async/task.hpp>

#include <ranges>
#include <type_traits>
#include <vector>

namespace corduroy {

namespace detail {

// How an element of a range is taken: that of a container which is given away is moved out, and so is what cannot be
// awaited where it lies, a Task; what can be, a Deferred, stays.
template <std::ranges::input_range Range>
struct RangeElement {
    using Reference = std::ranges::range_reference_t<Range>&&;
    static constexpr bool given_away = !std::is_lvalue_reference_v<Range> && !std::ranges::view<Range>;
    using type = std::conditional_t<!given_away && IntoTask<Reference>, Reference,
                                    std::ranges::range_rvalue_reference_t<Range>&&>;
};
template <class Range>
using range_element_t = typename RangeElement<Range>::type;

} // namespace detail

// A range whose elements can be awaited: a container of Tasks that is given away, a container of Deferreds, a view that
// makes Tasks. An element that can be awaited where it lies, such as a Deferred, stays there, unless the range is a
// container that is given away; a Task is moved out.
template <class Range>
concept AwaitableRange = std::ranges::input_range<Range> && IntoTask<detail::range_element_t<Range>>;

namespace detail {

// The Task of an element, and its value.
template <class Range>
auto element_task(std::ranges::range_reference_t<Range>&& element) {
    return to_task(static_cast<range_element_t<Range>>(element));
}
template <class Range>
using range_value_t = task_value_t<range_element_t<Range>>;

// The Tasks of all elements, in order.
template <AwaitableRange Range>
std::vector<Task<range_value_t<Range>>> collect_tasks(Range&& range) {
    std::vector<Task<range_value_t<Range>>> tasks;
    if constexpr (std::ranges::sized_range<Range>) tasks.reserve(std::ranges::size(range));
    for (auto&& element : range) tasks.push_back(element_task<Range>(std::forward<decltype(element)>(element)));
    return tasks;
}

} // namespace detail

} // namespace corduroy
