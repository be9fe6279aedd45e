#pragma once

#include <cstddef>

// How often operator new has been called since the program began.
std::size_t allocations_so_far() noexcept;

// The bytes that operator new has handed out and that were not given back, as malloc rounds them; and the most there
// ever were since `forget_peak`.
std::size_t bytes_in_use() noexcept;
std::size_t peak_bytes() noexcept;
void forget_peak() noexcept;
