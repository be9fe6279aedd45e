#include "http/host_parser.hpp"

#include <corduroy/http/url.hpp>

#include "http/address_text.hpp"
#include "http/characters.hpp"
#include "http/field_text.hpp"
#include "http/idna.hpp"
#include "http/url_fault.hpp"

#include <algorithm>

namespace corduroy::http {

namespace {

// The forbidden domain code points.
constexpr CharacterSet forbidden = [] {
    CharacterSet set{};
    for (unsigned c = 0; c <= 0x20; ++c) set[c] = true;
    for (char c : std::string_view("#%/:<>?@[\\]^|\x7f")) set[static_cast<unsigned char>(c)] = true;
    return set;
}();

// Those of a host that is already in its normal form, apart from its labels being numbers or IDNA's.
constexpr CharacterSet ordinary = [] {
    CharacterSet set{};
    for (char c : std::string_view("abcdefghijklmnopqrstuvwxyz0123456789-._"))
        set[static_cast<unsigned char>(c)] = true;
    return set;
}();

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Of text in lower case.
bool has_idna_label(std::string_view host) {
    for (std::size_t at = host.find("xn--"); at != std::string_view::npos; at = host.find("xn--", at + 1))
        if (at == 0 || host[at - 1] == '.') return true;
    return false;
}

std::string normal_form(std::string_view text) {
    std::string domain = text.find('%') == std::string_view::npos ? std::string(text) : percent_decode(text);
    if (!is_ascii(domain)) return domain_to_ascii(domain);
    std::transform(domain.begin(), domain.end(), domain.begin(), to_lower);
    return has_idna_label(domain) ? domain_to_ascii(domain) : domain;
}

ParsedHost append_domain(std::string& out, std::string_view domain) {
    if (!ends_in_a_number(domain)) {
        out.append(domain);
        return ParsedHost::name;
    }
    append_ipv4(out, parse_ipv4(domain));
    return ParsedHost::ipv4;
}

} // namespace

ParsedHost append_parsed_host(std::string& out, std::string_view text) {
    if (text.starts_with('[')) {
        if (!text.ends_with(']')) throw UrlFault{"its IPv6 address lacks the closing bracket"};
        Ipv6Pieces pieces = parse_ipv6(text.substr(1, text.size() - 2));
        out += '[';
        append_ipv6(out, pieces);
        out += ']';
        return ParsedHost::ipv6;
    }
    if (!text.empty() && consists_of(text, ordinary) && !has_idna_label(text)) return append_domain(out, text);
    std::string domain = normal_form(text);
    if (domain.empty()) throw UrlFault{"it has no host"};
    for (char c : domain) {
        if (!forbidden[static_cast<unsigned char>(c)]) continue;
        std::string shown = c > 0x20 && c < 0x7f ? std::string("'") + c + "'" : hexadecimal(c);
        throw UrlFault{"its host holds the character " + shown + ", which no host may hold"};
    }
    return append_domain(out, domain);
}

} // namespace corduroy::http
