#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fetch {

// Another place to connect to than what the URL names (curl's --connect-to).
struct ConnectTo {
    std::string host;               // of the URL, in lower case; empty: any
    std::uint16_t port = 0;         // of the URL; 0: any
    std::string host_instead;       // empty: the same
    std::uint16_t port_instead = 0; // 0: the same

    // "HOST1:PORT1:HOST2:PORT2", each of which may be empty, IPv6 addresses in brackets; nothing where it is not of
    // that form.
    static std::optional<ConnectTo> parse(std::string_view text);

    // Whether it goes for a URL of this host, in lower case, an IPv6 address in brackets or not, and port.
    bool matches(std::string_view url_host, std::uint16_t url_port) const;
};

} // namespace fetch
