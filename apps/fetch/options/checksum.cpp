#include "options/checksum.hpp"

#include <algorithm>
#include <cstddef>

namespace fetch {

namespace {

struct Algorithm {
    std::string_view name;
    std::size_t digits;
};

constexpr Algorithm algorithms[] = {{"sha256", 64}, {"sha512", 128}, {"sha1", 40}, {"md5", 32}};

char to_small(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_hex_digit(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

} // namespace

std::optional<Checksum> Checksum::parse(std::string_view text) {
    std::string small(text);
    std::ranges::transform(small, small.begin(), to_small);
    std::size_t end = small.find('=');
    std::string name = end == std::string::npos ? std::string() : small.substr(0, end);
    std::string hex = end == std::string::npos ? small : small.substr(end + 1);
    for (const Algorithm& each : algorithms) {
        bool is_it = hex.size() == each.digits && (end == std::string::npos || name == each.name);
        if (is_it && std::ranges::all_of(hex, is_hex_digit)) return Checksum{std::string(each.name), hex};
    }
    return std::nullopt;
}

} // namespace fetch
