#include <corduroy/http/request_head.hpp>

#include <corduroy/http/error.hpp>
#include <corduroy/http/method.hpp>

#include "http/characters.hpp"
#include "http/field_text.hpp"

namespace corduroy::http {

namespace {

// RFC 9112 section 3.2 in its widest sense: all that is visible and ASCII. What a URL makes of it is another matter.
void require_valid_target(std::string_view target) {
    const ErrorContext context{{}, {}, Phase::send};
    if (target.empty()) throw Error(context, "the request target is empty");
    for (char c : target)
        if (c <= 0x20 || c == 0x7f)
            throw Error(context,
                        "the request target holds the character " + hexadecimal(c) + ", which must be percent-encoded");
}

} // namespace

void RequestHead::clear() noexcept {
    method.clear();
    target.clear();
    version = Version::http_1_1;
    headers.clear();
}

void append_request_line(std::string& out, std::string_view method, std::string_view target, Version version) {
    if (!is_valid_method(method)) throw Error({{}, {}, Phase::send}, "the method is not a token of letters and digits");
    require_valid_target(target);
    out.append(method).append(1, ' ').append(target).append(1, ' ').append(to_string(version)).append("\r\n");
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    value = trimmed(value);
    require_valid_field(name, value);
    out.append(name).append(": ").append(value).append("\r\n");
}

void append_fields(std::string& out, const Headers& headers) {
    for (auto [name, value] : headers) out.append(name).append(": ").append(value).append("\r\n");
}

void append_end_of_head(std::string& out) { out.append("\r\n"); }

void append_head(std::string& out, const RequestHead& head) {
    out.reserve(out.size() + head.method.size() + head.target.size() + head.headers.byte_size() +
                4 * head.headers.size() + 16);
    append_request_line(out, head.method, head.target, head.version);
    auto is_host = [](std::string_view name) { return equal_ignoring_case(name, "host"); };
    for (auto [name, value] : head.headers)
        if (is_host(name)) out.append(name).append(": ").append(value).append("\r\n");
    for (auto [name, value] : head.headers)
        if (!is_host(name)) out.append(name).append(": ").append(value).append("\r\n");
    append_end_of_head(out);
}

} // namespace corduroy::http
