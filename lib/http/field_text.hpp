#pragma once

#include <string>
#include <string_view>

namespace corduroy::http {

// Raises http::Error (phase send) whose message is the reason alone: of a part of a head that may be a request's or an
// answer's, which is not known here.
[[noreturn]] void refuse_part_of_head(std::string reason);

// Raises that, naming the header, unless the name is a token and the value may stand on a line.
void require_valid_field(std::string_view name, std::string_view value);

// "0x0a", for messages about a character that cannot be shown.
std::string hexadecimal(char c);

} // namespace corduroy::http
