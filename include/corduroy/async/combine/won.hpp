#pragma once

#include <cstddef>

namespace corduroy {

// Who of several won, and with what: what `race` and `first_completed` give. Where none of them has a value it is a
// std::monostate; where their types differ, it is a std::variant whose index is the winner's.
template <class T>
struct Won {
    std::size_t index;
    T value;
};

} // namespace corduroy
