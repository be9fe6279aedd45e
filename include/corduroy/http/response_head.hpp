#pragma once

#include <corduroy/http/headers.hpp>
#include <corduroy/http/version.hpp>

#include <string>
#include <string_view>

namespace corduroy::http {

// The head of an answer: the status line and the fields.
struct ResponseHead {
    Version version = Version::http_1_1;
    int status = 0;
    // The words after the status; often empty, and never to be relied on (RFC 9112 section 4).
    std::string reason;
    Headers headers;

    // Forgets everything and keeps the memory.
    void clear() noexcept;
};

// Appends the head as it goes on the wire, to the empty line. An empty reason is replaced by the usual words. Raises
// http::Error (phase send) when the status is not of three digits or the reason holds a control character.
void append_head(std::string& out, const ResponseHead& head);

// The status line alone; append_field, append_fields and append_end_of_head of request_head.hpp go on from there.
void append_status_line(std::string& out, int status, std::string_view reason = {},
                        Version version = Version::http_1_1);

} // namespace corduroy::http
