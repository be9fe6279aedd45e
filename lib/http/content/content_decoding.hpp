#pragma once

#include "http/content/decoder.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy::http {

// The bounds of one body's decoding.
struct DecodingBounds {
    std::uint64_t encoded = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t decoded = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t ratio = 200;
    std::uint64_t ratio_from = 16 * 1024 * 1024;
    std::size_t codings = 3;
};

// Undoes the codings of one body, the last that was applied first, from bytes that somebody else receives. Raises
// ProtocolError for what is damaged, TooLarge where a bound is passed, and http::Error for a coding that is not known,
// all without a URL.
class ContentDecoding {
public:
    ContentDecoding(const std::vector<std::string>& codings, const DecodingBounds& bounds);

    // The next decoded bytes, valid until the next call; takes what it needs from the front of `input`. Empty where it
    // has used that up and wants more.
    std::string_view next(std::string_view& input);
    // There is no more; raises ProtocolError where there should be.
    void finish() const;

    std::uint64_t encoded() const noexcept { return encoded_; }
    std::uint64_t decoded() const noexcept { return stages_.empty() ? encoded_ : stages_.back().made; }

private:
    struct Stage {
        std::string coding;
        std::unique_ptr<Decoder> decoder;
        std::unique_ptr<char[]> buffer; // with the first byte
        std::string_view input{};       // from the stage before
        std::uint64_t made = 0;
    };

    std::string_view pull(std::size_t index, std::string_view& input);
    void check(const Stage& stage) const;

    DecodingBounds bounds_;
    std::vector<Stage> stages_; // in the order in which bytes go through them
    std::uint64_t encoded_ = 0;
};

} // namespace corduroy::http
