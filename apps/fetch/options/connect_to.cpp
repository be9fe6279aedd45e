#include "options/connect_to.hpp"

#include <corduroy/base/lower_case.hpp>

#include <algorithm>
#include <charconv>
#include <system_error>

namespace fetch {

namespace {

// Takes a host from the beginning of `text`, without brackets; nothing where a bracket is not closed.
std::optional<std::string> take_host(std::string_view& text) {
    std::size_t end = text.find(':');
    std::string_view host;
    if (text.starts_with('[')) {
        end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        host = text.substr(1, end++ - 1);
    } else {
        host = text.substr(0, end);
    }
    text.remove_prefix(std::min(end, text.size()));
    return corduroy::lower_case(host);
}

bool take_colon(std::string_view& text) {
    if (!text.starts_with(':')) return false;
    text.remove_prefix(1);
    return true;
}

// Takes a port, up to the next colon or the end; 0 for an empty one.
std::optional<std::uint16_t> take_port(std::string_view& text) {
    std::string_view digits = text.substr(0, text.find(':'));
    text.remove_prefix(digits.size());
    if (digits.empty()) return 0;
    std::uint16_t port = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0) return std::nullopt;
    return port;
}

std::string_view without_brackets(std::string_view host) {
    return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

} // namespace

std::optional<ConnectTo> ConnectTo::parse(std::string_view text) {
    ConnectTo parsed;
    auto host = take_host(text);
    if (!host || !take_colon(text)) return std::nullopt;
    auto port = take_port(text);
    if (!port || !take_colon(text)) return std::nullopt;
    auto host_instead = take_host(text);
    if (!host_instead) return std::nullopt;
    // curl takes the last port's colon for optional.
    auto port_instead = take_colon(text) ? take_port(text) : std::optional<std::uint16_t>(0);
    if (!port_instead || !text.empty()) return std::nullopt;
    return ConnectTo{std::move(*host), *port, std::move(*host_instead), *port_instead};
}

bool ConnectTo::matches(std::string_view url_host, std::uint16_t url_port) const {
    return (host.empty() || host == without_brackets(url_host)) && (port == 0 || port == url_port);
}

} // namespace fetch
