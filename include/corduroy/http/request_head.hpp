#pragma once

#include <corduroy/http/headers.hpp>
#include <corduroy/http/version.hpp>

#include <string>
#include <string_view>

namespace corduroy::http {

// The head of a request: the request line and the fields.
struct RequestHead {
    std::string method;
    // As it stands in the request line: usually a path with its query, but "*" and a whole URL are possible too
    // (RFC 9112 section 3.2).
    std::string target;
    Version version = Version::http_1_1;
    Headers headers;

    // Forgets everything and keeps the memory.
    void clear() noexcept;
};

// Appends the head as it goes on the wire, to the empty line. Host comes first, whatever its place among the fields.
// Raises http::Error (phase send) when the method is no token, or the target is empty or holds a space, a control
// character or a byte beyond ASCII; the fields were checked as they were added.
void append_head(std::string& out, const RequestHead& head);

// The pieces of the above for whoever has no RequestHead at hand: append_request_line, append_field for Host,
// append_fields for the rest, and append_end_of_head. The request line is checked as above.
void append_request_line(std::string& out, std::string_view method, std::string_view target,
                         Version version = Version::http_1_1);
// Checked as Headers::add checks.
void append_field(std::string& out, std::string_view name, std::string_view value);
// All fields in order. Not checked again.
void append_fields(std::string& out, const Headers& headers);
void append_end_of_head(std::string& out);

} // namespace corduroy::http
