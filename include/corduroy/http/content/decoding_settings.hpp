#pragma once

#include <cstddef>
#include <cstdint>

namespace corduroy::http {

// What a client does with answers whose body is encoded (Content-Encoding; RFC 9110 section 8.4): gzip, deflate, br and
// zstd, as far as this build has them, are asked for by Accept-Encoding and decoded as the body is read. A few bytes
// can say many; so each bound here is a TooLarge where it is passed, and memory stays small in any case: some 32 KiB
// for a coding, and its window, at most 8 MiB for zstd (RFC 9659) and 16 MiB for brotli.
struct DecodingSettings {
    // Without it bodies are given as they come, and none is asked for.
    bool enabled = true;
    // What a body that is read whole may become. A streamed one has no bound but the ratio.
    std::size_t bytes = 64 * 1024 * 1024;
    // How many times its size a body may become, streamed or not, once it has become more than `ratio_from`. Text and
    // logs seldom shrink to a fiftieth; deflate can say the same byte a thousand times for one. 0: no bound.
    std::uint64_t ratio = 200;
    std::uint64_t ratio_from = 16 * 1024 * 1024;
    // Codings one inside another.
    std::size_t codings = 3;
};

} // namespace corduroy::http
