#pragma once

#include <corduroy/async/task.hpp>

#include <array>
#include <functional>
#include <tuple>
#include <type_traits>
#include <variant>

namespace corduroy::detail {

// What stands for the value of a Task in a collection: void has none of its own, and a reference cannot be kept.
template <class T>
struct StorableValue {
    using type = T;
};
template <>
struct StorableValue<void> {
    using type = std::monostate;
};
template <class T>
struct StorableValue<T&> {
    using type = std::reference_wrapper<T>;
};
template <class T>
using Storable = typename StorableValue<T>::type;

template <class T>
Storable<T> take_storable(Task<T>& task) {
    if constexpr (std::is_void_v<T>) {
        return {};
    } else {
        return task.promise().take_value();
    }
}

template <class...>
inline constexpr bool all_same = true;
template <class First, class... Rest>
inline constexpr bool all_same<First, Rest...> = (std::is_same_v<First, Rest> && ...);

// Several values together: an array where all are of one type, a tuple otherwise.
template <class First, class... Rest>
struct Together {
    using type = std::conditional_t<all_same<First, Rest...>, std::array<First, 1 + sizeof...(Rest)>,
                                    std::tuple<First, Rest...>>;
};
template <class... T>
using together_t = typename Together<T...>::type;

} // namespace corduroy::detail
