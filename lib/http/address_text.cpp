#include "http/address_text.hpp"

#include "http/characters.hpp"
#include "http/url_fault.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace corduroy::http {

namespace {

// More than any part of an address may be; what is larger is all the same.
constexpr std::uint64_t too_large = std::uint64_t{1} << 40;

// A number in decimal, octal (0...) or hexadecimal (0x...) notation; "0x" alone is 0.
std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
    if (text.empty()) return std::nullopt;
    int base = 10;
    if (text.size() >= 2 && text[0] == '0' && to_lower(text[1]) == 'x') {
        base = 16;
        text.remove_prefix(2);
    } else if (text.size() >= 2 && text[0] == '0') {
        base = 8;
        text.remove_prefix(1);
    }
    std::uint64_t value = 0;
    for (char c : text) {
        int digit = hex_value(c);
        if (digit < 0 || digit >= base) return std::nullopt;
        value = std::min(value * static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(digit), too_large);
    }
    return value;
}

std::string_view without_final_dot(std::string_view host) noexcept {
    if (host.size() > 1 && host.back() == '.') host.remove_suffix(1);
    return host;
}

[[noreturn]] void bad_ipv4() { throw UrlFault{"its host ends in a number and is not an IPv4 address"}; }
[[noreturn]] void bad_ipv6() { throw UrlFault{"the address in brackets is not an IPv6 address"}; }

// The dotted end of ::ffff:127.0.0.1, which must be four plain decimal numbers.
std::pair<std::uint16_t, std::uint16_t> parse_dotted_end(std::string_view text) {
    std::uint32_t address = 0;
    for (int part = 0; part < 4; ++part) {
        if (part > 0) {
            if (text.empty() || text.front() != '.') bad_ipv6();
            text.remove_prefix(1);
        }
        std::size_t digits = 0;
        std::uint32_t value = 0;
        while (digits < text.size() && is_digit(text[digits])) {
            if (digits > 0 && value == 0) bad_ipv6();
            value = value * 10 + static_cast<std::uint32_t>(text[digits++] - '0');
            if (value > 255) bad_ipv6();
        }
        if (digits == 0) bad_ipv6();
        text.remove_prefix(digits);
        address = address << 8 | value;
    }
    if (!text.empty()) bad_ipv6();
    return {static_cast<std::uint16_t>(address >> 16), static_cast<std::uint16_t>(address & 0xffff)};
}

} // namespace

bool ends_in_a_number(std::string_view host) noexcept {
    host = without_final_dot(host);
    std::string_view last = host.substr(host.rfind('.') + 1);
    if (last.empty() || !is_digit(last.front())) return false;
    return std::all_of(last.begin(), last.end(), is_digit) || parse_number(last).has_value();
}

std::uint32_t parse_ipv4(std::string_view text) {
    text = without_final_dot(text);
    std::uint64_t address = 0;
    for (int part = 0;; ++part) {
        if (part == 4) bad_ipv4();
        std::size_t dot = text.find('.');
        std::optional<std::uint64_t> number = parse_number(text.substr(0, dot));
        if (!number) bad_ipv4();
        if (dot == std::string_view::npos) {
            // The last one fills all bytes that are left.
            int bits = 8 * (4 - part);
            if (*number >> bits != 0) bad_ipv4();
            return static_cast<std::uint32_t>(address << bits | *number);
        }
        if (*number > 255) bad_ipv4();
        address = address << 8 | *number;
        text.remove_prefix(dot + 1);
    }
}

void append_ipv4(std::string& out, std::uint32_t address) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out += std::to_string(address >> shift & 255);
        if (shift > 0) out += '.';
    }
}

Ipv6Pieces parse_ipv6(std::string_view text) {
    Ipv6Pieces pieces{};
    std::size_t count = 0;
    std::optional<std::size_t> gap;
    if (text.starts_with("::")) {
        text.remove_prefix(2);
        gap = 0;
    } else if (text.starts_with(':')) {
        bad_ipv6();
    }
    while (!text.empty()) {
        if (count == 8) bad_ipv6();
        if (text.front() == ':') {
            if (gap) bad_ipv6();
            text.remove_prefix(1);
            gap = count;
            continue;
        }
        std::uint32_t value = 0;
        std::size_t digits = 0;
        while (digits < 4 && digits < text.size() && hex_value(text[digits]) >= 0)
            value = value * 16 + static_cast<std::uint32_t>(hex_value(text[digits++]));
        if (digits < text.size() && text[digits] == '.') {
            if (digits == 0 || count > 6) bad_ipv6();
            auto [high, low] = parse_dotted_end(text);
            pieces[count++] = high;
            pieces[count++] = low;
            break;
        }
        if (digits == 0) bad_ipv6();
        text.remove_prefix(digits);
        pieces[count++] = static_cast<std::uint16_t>(value);
        if (text.empty()) break;
        if (text.front() != ':' || text.size() == 1) bad_ipv6();
        text.remove_prefix(1);
    }
    if (!gap && count != 8) bad_ipv6();
    // "1::2:3:4:5:6:7:8" compresses nothing, and is none.
    if (gap && count == 8) bad_ipv6();
    if (gap)
        std::rotate(pieces.begin() + static_cast<std::ptrdiff_t>(*gap),
                    pieces.begin() + static_cast<std::ptrdiff_t>(count), pieces.end());
    return pieces;
}

void append_ipv6(std::string& out, const Ipv6Pieces& pieces) {
    std::size_t gap = 8;
    std::size_t gap_size = 1;
    for (std::size_t i = 0; i < 8;) {
        std::size_t end = i;
        while (end < 8 && pieces[end] == 0) ++end;
        if (end - i > gap_size) {
            gap = i;
            gap_size = end - i;
        }
        i = end + 1;
    }
    for (std::size_t i = 0; i < 8;) {
        if (i == gap) {
            out += "::";
            i += gap_size;
            continue;
        }
        if (i != 0 && i != gap + gap_size) out += ':';
        bool leading = true;
        for (int shift = 12; shift >= 0; shift -= 4) {
            int digit = pieces[i] >> shift & 15;
            if (leading && digit == 0 && shift > 0) continue;
            leading = false;
            out += "0123456789abcdef"[digit];
        }
        ++i;
    }
}

} // namespace corduroy::http
