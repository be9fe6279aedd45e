#pragma once

#include <cstdint>
#include <string_view>

namespace corduroy::http {

// Whether a list of exceptions, as no_proxy has them, names this host (of IPv6 without brackets) at this port.
bool is_excepted(std::string_view list, std::string_view host, std::uint16_t port);

} // namespace corduroy::http
