#pragma once

#include <cstddef>
#include <string>

namespace corduroy::testing {

// Bytes in which few that are lost, doubled or out of place go unnoticed: those that lie 64,256 apart are the same.
inline std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
    return text;
}

} // namespace corduroy::testing
