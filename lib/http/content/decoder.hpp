#pragma once

#include <corduroy/http/error.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace corduroy::http {

// One content coding being undone, without input and output of its own.
class Decoder {
public:
    Decoder() = default;
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;
    virtual ~Decoder() = default;

    // Takes bytes from the front of `input` and makes what they say, as much as `out` has room for; gives how many
    // bytes that is. With 0 all of `input` is used up. Raises CodingError, without a URL, for what is damaged.
    virtual std::size_t decode(std::string_view& input, std::span<char> out) = 0;
    // Whether the data may end here: at its own end, or before anything came.
    virtual bool complete() const noexcept = 0;
};

[[noreturn]] inline void raise_damaged(std::string_view coding, std::string_view why) {
    throw CodingError({{}, {}, Phase::body},
                      "the body's " + std::string(coding) + " data is damaged: " + std::string(why),
                      CodingError::Fault::damaged);
}

// These exist as far as the build has their libraries.
std::unique_ptr<Decoder> make_gzip_decoder();
std::unique_ptr<Decoder> make_deflate_decoder();
std::unique_ptr<Decoder> make_brotli_decoder();
std::unique_ptr<Decoder> make_zstd_decoder();

} // namespace corduroy::http
