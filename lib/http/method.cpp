#include <corduroy/http/method.hpp>

#include "http/characters.hpp"

namespace corduroy::http {

bool is_valid_method(std::string_view method) noexcept { return is_token(method); }

bool is_safe_method(std::string_view method) noexcept {
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

bool is_idempotent_method(std::string_view method) noexcept {
    return is_safe_method(method) || method == "PUT" || method == "DELETE";
}

bool method_expects_body(std::string_view method) noexcept {
    return method == "POST" || method == "PUT" || method == "PATCH";
}

} // namespace corduroy::http
