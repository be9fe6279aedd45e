#pragma once

#include <type_traits>

namespace corduroy::detail {

// GCC 12 destroys a closure temporary with captures that have destructors twice when it stands in a co_await
// expression (fixed in GCC 14). Every function that takes a callable which may stand there asks this first.
template <class Callable>
constexpr void guard_callable() {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
    static_assert(std::is_lvalue_reference_v<Callable> || std::is_trivially_destructible_v<Callable>,
                  "GCC 12 would destroy this temporary twice: name the callable first, then pass it by its name");
#endif
}

} // namespace corduroy::detail
