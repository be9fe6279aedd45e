#include "transfer/heads.hpp"

#include <corduroy/http/request_head.hpp>

namespace fetch {

namespace http = corduroy::http;

namespace {

// The library's own would put the usual words where there were none.
void append_as_it_came(std::string& text, http::Version version, int status, std::string_view reason,
                       const http::Headers& headers) {
    text.append(http::to_string(version)).append(1, ' ').append(std::to_string(status));
    if (!reason.empty()) text.append(1, ' ').append(reason);
    text += "\r\n";
    http::append_fields(text, headers);
    http::append_end_of_head(text);
}

} // namespace

void Heads::interim(const http::ResponseHead& head) {
    append_as_it_came(interim_.back(), head.version, head.status, head.reason, head.headers);
}

std::string Heads::text(const http::Response& answer) const {
    std::string text;
    std::size_t place = 0;
    for (const http::Response::Hop& hop : answer.history()) {
        if (place < interim_.size()) text += interim_[place++];
        append_as_it_came(text, hop.head.version, hop.head.status, hop.head.reason, hop.head.headers);
    }
    if (place < interim_.size()) text += interim_[place];
    append_as_it_came(text, answer.version(), answer.status(), answer.reason(), answer.headers());
    return text;
}

std::string text_of_trailers(const http::Headers& trailers) {
    std::string text;
    http::append_fields(text, trailers);
    return text;
}

} // namespace fetch
