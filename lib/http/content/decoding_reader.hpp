#pragma once

#include "http/content/content_decoding.hpp"

#include <corduroy/base/failure.hpp>
#include <corduroy/http/body_reader.hpp>
#include <corduroy/http/trace.hpp>

#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace corduroy::http {

// A body that is decoded as it is read. Where its data is damaged or too large, the body beneath is dropped, and its
// connection closed.
class DecodingReader final : public BodyReader {
public:
    // Method, URL and status are for messages, and for the trace, which may be empty; it is told of failures here, and
    // `source` tells all else.
    DecodingReader(std::unique_ptr<BodyReader> source, ContentDecoding decoding, std::string_view method,
                   std::string_view url, int status, Trace trace)
        : source_(std::move(source)), decoding_(std::move(decoding)), method_(method), url_(url), status_(status),
          trace_(std::move(trace)) {}

    Task<std::string_view> read() override;
    const Headers* trailers() const noexcept override { return source_ ? source_->trailers() : nullptr; }

private:
    // Empty where it wants more, and at the end.
    std::string_view decode();
    [[noreturn]] void fail(std::exception_ptr cause);

    std::unique_ptr<BodyReader> source_;
    ContentDecoding decoding_;
    std::string method_;
    std::string url_;
    int status_;
    Trace trace_;
    std::string_view input_; // of the source
    bool ended_ = false;
    Failure failure_; // why the rest cannot be had
};

} // namespace corduroy::http
