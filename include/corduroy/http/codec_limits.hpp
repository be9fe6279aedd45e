#pragma once

#include <cstddef>

namespace corduroy::http {

// What a parser takes from a peer before it raises TooLarge. A value of exactly the limit passes. Memory is bounded by
// these: a parser stores heads and trailers and nothing else.
struct CodecLimits {
    // One head: from the first byte of the start line to the empty line that ends it, both included.
    std::size_t head_bytes = 64 * 1024;
    // Header lines of one head; and, counted apart, of the trailers of one message.
    std::size_t fields = 100;
    // Interim answers (1xx) before the final one.
    std::size_t interim_heads = 8;
    // The line before a chunk, with its extensions and its line end.
    std::size_t chunk_line_bytes = 4 * 1024;
    // What follows the line of the last chunk: the trailers and the empty line after them.
    std::size_t trailer_bytes = 16 * 1024;
};

} // namespace corduroy::http
