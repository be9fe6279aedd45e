#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fetch {

// Text that comes from elsewhere, made fit for a terminal: nothing in it moves the cursor or changes how the terminal
// behaves. What is no UTF-8, and each control character but the end of a line and the tab, becomes a '?'.
std::string printable(std::string_view text);

// The same in a field of exactly so many columns, where wide characters take two and those that are drawn over others
// are left out. Of what is too long the end is kept, which says more than the beginning; what is short is filled up
// with blanks.
std::string fitted(std::string_view text, std::size_t columns);

} // namespace fetch
