#pragma once

#include <corduroy/http/url.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace corduroy::http {

// Where a request goes: a text as it was given, and in the same memory the URL that it is parsed to when the request
// begins.
class RequestAddress {
public:
    explicit RequestAddress(std::string_view text) { url_.href_ = text; }
    explicit RequestAddress(Url&& url) noexcept : url_(std::move(url)) {}

    bool parsed() const noexcept { return url_.scheme_end_ != 0; }
    // The text as it was given, or the URL's href.
    const std::string& text() const noexcept { return url_.href_; }
    // For messages: the text as it was given; empty where it was a URL.
    std::string_view given_text() const noexcept { return parsed() ? std::string_view() : std::string_view(text()); }
    // Once it is parsed.
    Url& url() noexcept { return url_; }

    // Of a text that is no URL yet, with the base where there is one. Throws what Url::parse does.
    void parse(const Url* base) { url_ = base != nullptr ? base->join(text()) : Url::parse(text()); }

private:
    Url url_; // without a scheme: not parsed
};

} // namespace corduroy::http
