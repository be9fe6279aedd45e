#pragma once

#include <llhttp.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace corduroy::http {

// How much of the beginning of a message is kept for the message about one that is none.
inline constexpr std::size_t longest_beginning = 24;

// What is wrong with a message, for people, from what llhttp says of it: "a header name holds a character that it may
// not hold". `beginning` is how the message begins.
std::string words_for(llhttp_errno_t error, std::string_view llhttp_reason, llhttp_type_t type,
                      std::string_view beginning);

// The status to refuse such a request with.
int refusal_for(llhttp_errno_t error, std::string_view llhttp_reason, std::string_view beginning) noexcept;

} // namespace corduroy::http
