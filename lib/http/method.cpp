#include <corduroy/http/method.hpp>

#include "http/characters.hpp"

namespace corduroy::http {

bool is_valid_method(std::string_view method) noexcept { return is_token(method); }

} // namespace corduroy::http
