#pragma once

#include <cstddef>

// How often operator new has been called since the program began.
std::size_t allocations_so_far() noexcept;
