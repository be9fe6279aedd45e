#pragma once

#include "output/progress.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace fetch {

// A terminal's window.
struct WindowSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

// How many bars a window has room for, so that some of the lines above them can still be seen.
std::size_t most_bars(WindowSize window) noexcept;

// A run in so many lines as there are bars, and one about the whole; of one URL alone its bar says it all. Each is
// shorter than the window is wide. What there is no room for is left out, the least important first.
std::vector<std::string> progress_lines(const ProgressSnapshot& shown, WindowSize window);

// What is left to see of a run once it is over.
std::string progress_summary(const ProgressSnapshot& shown, corduroy::Duration took);

} // namespace fetch
