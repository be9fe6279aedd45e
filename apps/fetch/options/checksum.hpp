#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fetch {

// What --checksum says that a body must come to.
struct Checksum {
    std::string algorithm; // "sha256", "sha512", "sha1" or "md5"
    std::string hex;       // in small letters

    // "ALGORITHM=HEX", or HEX alone, whose length tells the algorithm; nothing where it is neither.
    static std::optional<Checksum> parse(std::string_view text);
};

} // namespace fetch
