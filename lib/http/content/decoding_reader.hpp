#pragma once

#include "http/content/content_decoding.hpp"

#include <corduroy/http/body_reader.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace corduroy::http {

// A body that is decoded as it is read. Where its data is damaged or too large, the body beneath is dropped, and its
// connection closed.
class DecodingReader final : public BodyReader {
public:
    // Method and URL are for messages.
    DecodingReader(std::unique_ptr<BodyReader> source, ContentDecoding decoding, std::string_view method,
                   std::string_view url)
        : source_(std::move(source)), decoding_(std::move(decoding)), method_(method), url_(url) {}

    Task<std::string_view> read() override;
    const Headers* trailers() const noexcept override { return source_ ? source_->trailers() : nullptr; }

private:
    // Empty where it wants more, and at the end.
    std::string_view decode();

    std::unique_ptr<BodyReader> source_;
    ContentDecoding decoding_;
    std::string method_;
    std::string url_;
    std::string_view input_; // of the source
    bool ended_ = false;
};

} // namespace corduroy::http
