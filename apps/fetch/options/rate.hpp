#pragma once

#include <corduroy/base/time.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace fetch {

// How many requests may begin in a time.
struct Rate {
    std::size_t count;
    corduroy::Duration per;

    // "N/s", "N/m", "N/h" and "N/d", and "N", which is curl's for "N/h"; nothing where it is none of these, or N is 0
    // or more than a million.
    static std::optional<Rate> parse(std::string_view text);
};

} // namespace fetch
