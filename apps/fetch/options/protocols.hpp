#pragma once

#include <string_view>

namespace fetch {

// Which of the schemes that there are may be used (curl's --proto and --proto-redir).
struct Protocols {
    bool http = true;
    bool https = true;

    // As curl's list says: "=https" for nothing else, "-http" for all but that, "all"; several with commas between, the
    // later ones on top of those before. Schemes that are not spoken here are passed over; '=' before one allows none.
    static Protocols parse(std::string_view list);

    // `url` is one with its scheme.
    bool allow(std::string_view url) const noexcept { return url.starts_with("https:") ? https : http; }
    bool allow_all() const noexcept { return http && https; }
};

} // namespace fetch
