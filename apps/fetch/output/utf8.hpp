#pragma once

#include <cstddef>
#include <string_view>

namespace fetch {

// How many bytes the UTF-8 sequence at the beginning of `text`, which is not empty, has; 0 where there is none.
std::size_t sequence_length(std::string_view text) noexcept;

// The character that a sequence of so many bytes stands for.
char32_t character_of(std::string_view sequence) noexcept;

} // namespace fetch
