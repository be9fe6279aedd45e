#pragma once

#include <string_view>

namespace corduroy::http {

// A method is its name, in a string, because the set of methods is open (RFC 9110 section 16.1). Names are
// case-sensitive: "get" is a method that nobody knows.

// Whether a request may be sent under this name: a token of RFC 9110 section 5.6.2, e.g. no spaces.
bool is_valid_method(std::string_view method) noexcept;

// Whether the method asks for nothing but an answer (GET, HEAD, OPTIONS, TRACE; RFC 9110 section 9.2.1).
constexpr bool is_safe_method(std::string_view method) noexcept {
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

// Whether sending the request twice means the same as sending it once, so that a client may send it again when a
// kept-alive connection turns out to be dead: the safe ones, PUT and DELETE (RFC 9110 section 9.2.2).
constexpr bool is_idempotent_method(std::string_view method) noexcept {
    return is_safe_method(method) || method == "PUT" || method == "DELETE";
}

// Whether a request of this method without a body should say so by "Content-Length: 0": POST, PUT and PATCH
// (RFC 9110 section 8.6).
constexpr bool method_expects_body(std::string_view method) noexcept {
    return method == "POST" || method == "PUT" || method == "PATCH";
}

} // namespace corduroy::http
