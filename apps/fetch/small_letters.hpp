#pragma once

#include <string>
#include <string_view>

namespace fetch {

// The text with ASCII letters alone made small, for names that differ in nothing else.
inline std::string in_small_letters(std::string_view text) {
    std::string small(text);
    for (char& c : small)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return small;
}

} // namespace fetch
