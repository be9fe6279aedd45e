#pragma once

#include <string>
#include <string_view>

namespace corduroy::http {

enum class ParsedHost { name, ipv4, ipv6 };

// The host parser of the URL Standard (section 3.5) for special schemes: appends the host in its normal form, IPv6 in
// brackets, and says what it is. Raises UrlFault.
ParsedHost append_parsed_host(std::string& out, std::string_view text);

} // namespace corduroy::http
