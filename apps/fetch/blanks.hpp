#pragma once

#include <cstddef>
#include <string_view>

namespace fetch {

// What stands between words in the files that fetch reads: within a line, and at its end, too.
inline constexpr std::string_view blanks = " \t\r\v\f";
inline constexpr std::string_view blanks_and_ends = " \t\r\v\f\n";

// Without those around it.
inline std::string_view without_blanks(std::string_view text) noexcept {
    std::size_t begin = text.find_first_not_of(blanks_and_ends);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks_and_ends) - begin + 1);
}

} // namespace fetch
