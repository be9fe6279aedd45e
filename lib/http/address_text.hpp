#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace corduroy::http {

// Addresses as hosts of URLs write them (URL Standard sections 3.5 and 3.6), which is more than inet_pton reads: 0x7f.1
// is 127.0.0.1.

// Whether a host must be an IPv4 address, because its last label is a number.
bool ends_in_a_number(std::string_view host) noexcept;

// Raises UrlFault where it is none.
std::uint32_t parse_ipv4(std::string_view text);
void append_ipv4(std::string& out, std::uint32_t address);

using Ipv6Pieces = std::array<std::uint16_t, 8>;

// The text between the brackets. Raises UrlFault where it is no address.
Ipv6Pieces parse_ipv6(std::string_view text);
// Without brackets; the first of the longest runs of zeros is compressed.
void append_ipv6(std::string& out, const Ipv6Pieces& pieces);

} // namespace corduroy::http
