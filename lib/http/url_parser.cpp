#include "http/url_parser.hpp"

#include "http/characters.hpp"
#include "http/host_parser.hpp"
#include "http/percent_encoding.hpp"
#include "http/url_fault.hpp"

#include <utility>

namespace corduroy::http {

namespace {

constexpr CharacterSet set_of(std::string_view characters) {
    CharacterSet set{};
    for (char c : characters) set[static_cast<unsigned char>(c)] = true;
    return set;
}

constexpr CharacterSet ends_authority = set_of("/\\?#");
constexpr CharacterSet ends_path = set_of("?#");
constexpr CharacterSet ends_query = set_of("#");

constexpr bool is_slash(char c) { return c == '/' || c == '\\'; }

// Whether the segment is dots only, each perhaps written %2e.
bool is_dots(std::string_view segment, int dots) {
    for (; dots > 0; --dots) {
        if (segment.starts_with('.')) {
            segment.remove_prefix(1);
        } else if (segment.starts_with("%2e") || segment.starts_with("%2E")) {
            segment.remove_prefix(3);
        } else {
            return false;
        }
    }
    return segment.empty();
}

} // namespace

Url UrlParser::parse(std::string_view text, const Url* base) {
    // Offsets are of 32 bits, and a byte becomes three at most.
    if (text.size() > (std::uint32_t{1} << 30)) throw UrlFault{"it is longer than 1 GiB"};
    UrlParser parser(text, base);
    parser.parse_all();
    return std::move(parser.url_);
}

void UrlParser::parse_all() {
    std::size_t base_size = base_ != nullptr ? base_->path_end() : 0;
    url_.href_.reserve(rest_.size() + base_size + 8);
    if (!take_scheme()) {
        if (base_ == nullptr) throw UrlFault{"it has no scheme, such as http://"};
        return parse_relative();
    }
    // "http:path" is relative to a base of the same scheme.
    if (base_ != nullptr && base_->scheme() == url_.scheme() && !rest_.starts_with("//")) return parse_relative();
    parse_authority();
}

// Leaves url_.href_ at "http" or "https" where there is one, and takes it and its ':' from the text.
bool UrlParser::take_scheme() {
    if (rest_.empty() || !is_alpha(rest_.front())) return false;
    std::size_t end = 1;
    auto in_scheme = [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; };
    while (end < rest_.size() && in_scheme(rest_[end])) ++end;
    if (end == rest_.size() || rest_[end] != ':') return false;
    std::string& scheme = url_.href_;
    for (char c : rest_.substr(0, end)) scheme += to_lower(c);
    if (scheme != "http" && scheme != "https")
        throw UrlFault{"its scheme is " + scheme + ", and only http and https are spoken here", true};
    url_.scheme_end_ = static_cast<std::uint32_t>(end);
    url_.port_ = end == 4 ? 80 : 443;
    rest_.remove_prefix(end + 1);
    return true;
}

void UrlParser::parse_relative() {
    if (!rest_.empty() && is_slash(rest_.front())) {
        if (rest_.size() > 1 && is_slash(rest_[1])) {
            url_ = Url();
            copy_from_base(base_->scheme_end_);
            url_.port_ = base_->is_secure() ? 443 : 80;
            return parse_authority();
        }
        copy_from_base(base_->path_begin_);
        rest_.remove_prefix(1);
        parse_path(take_until(ends_path));
        return parse_query_and_fragment();
    }
    if (rest_.empty() || rest_.front() == '#') {
        copy_from_base(base_->target_end());
        url_.query_begin_ = base_->query_begin_;
    } else {
        copy_from_base(base_->path_end());
        if (rest_.front() != '?') {
            shorten_path();
            parse_path(take_until(ends_path));
        }
    }
    parse_query_and_fragment();
}

// Everything of the base before `end`; the offsets of what lies there are right, the others wait to be set.
void UrlParser::copy_from_base(std::size_t end) {
    url_.href_.assign(base_->href_, 0, end);
    url_.scheme_end_ = base_->scheme_end_;
    url_.port_ = base_->port_;
    if (end < base_->path_begin_) return;
    url_.user_end_ = base_->user_end_;
    url_.host_begin_ = base_->host_begin_;
    url_.host_end_ = base_->host_end_;
    url_.path_begin_ = base_->path_begin_;
    url_.host_kind_ = base_->host_kind_;
}

std::string_view UrlParser::take_until(const CharacterSet& stops) noexcept {
    std::size_t end = 0;
    while (end < rest_.size() && !stops[static_cast<unsigned char>(rest_[end])]) ++end;
    std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return taken;
}

void UrlParser::parse_authority() {
    while (!rest_.empty() && is_slash(rest_.front())) rest_.remove_prefix(1);
    url_.href_ += "://";
    std::string_view authority = take_until(ends_authority);
    std::size_t at = authority.rfind('@');
    if (at != std::string_view::npos) {
        parse_userinfo(authority.substr(0, at));
        authority.remove_prefix(at + 1);
    }
    parse_host_and_port(authority);
    url_.path_begin_ = here();
    std::string_view path = take_until(ends_path);
    if (!path.empty()) path.remove_prefix(1);
    parse_path(path);
    parse_query_and_fragment();
}

void UrlParser::parse_userinfo(std::string_view text) {
    std::size_t colon = text.find(':');
    std::string_view name = text.substr(0, colon);
    std::string_view password = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    if (name.empty() && password.empty()) return;
    append_percent_encoded(url_.href_, name, userinfo_encode_set);
    url_.user_end_ = here();
    if (!password.empty()) {
        url_.href_ += ':';
        append_percent_encoded(url_.href_, password, userinfo_encode_set);
    }
    url_.href_ += '@';
}

void UrlParser::parse_host_and_port(std::string_view text) {
    bool in_brackets = false;
    std::size_t colon = 0;
    for (; colon < text.size(); ++colon) {
        if (text[colon] == '[') in_brackets = true;
        if (text[colon] == ']') in_brackets = false;
        if (text[colon] == ':' && !in_brackets) break;
    }
    if (colon == 0) throw UrlFault{"it has no host"};
    url_.host_begin_ = here();
    switch (append_parsed_host(url_.href_, text.substr(0, colon))) {
    case ParsedHost::name:
        url_.host_kind_ = Url::HostKind::name;
        break;
    case ParsedHost::ipv4:
        url_.host_kind_ = Url::HostKind::ipv4;
        break;
    case ParsedHost::ipv6:
        url_.host_kind_ = Url::HostKind::ipv6;
        break;
    }
    url_.host_end_ = here();
    if (colon < text.size()) parse_port(text.substr(colon + 1));
}

// The reasons show nothing of the text: where a password was written without its '@', it stands here.
void UrlParser::parse_port(std::string_view text) {
    if (text.empty()) return;
    std::uint32_t port = 0;
    for (char c : text) {
        if (!is_digit(c)) throw UrlFault{"its port is not a number"};
        port = port * 10 + static_cast<std::uint32_t>(c - '0');
        if (port > 65535) throw UrlFault{"its port is larger than 65535"};
    }
    if (port == url_.port_) return;
    url_.port_ = static_cast<std::uint16_t>(port);
    url_.href_ += ':';
    url_.href_ += std::to_string(port);
}

void UrlParser::shorten_path() {
    std::size_t slash = std::string_view(url_.href_).substr(url_.path_begin_).rfind('/');
    if (slash != std::string_view::npos) url_.href_.resize(url_.path_begin_ + slash);
}

// Appends the segments of `text`, the slash before the first of which is implied.
void UrlParser::parse_path(std::string_view text) {
    for (;;) {
        std::size_t end = 0;
        while (end < text.size() && !is_slash(text[end])) ++end;
        std::string_view segment = text.substr(0, end);
        bool last = end == text.size();
        if (is_dots(segment, 2)) {
            shorten_path();
            if (last) url_.href_ += '/';
        } else if (is_dots(segment, 1)) {
            if (last) url_.href_ += '/';
        } else {
            url_.href_ += '/';
            append_percent_encoded(url_.href_, segment, path_encode_set);
        }
        if (last) return;
        text.remove_prefix(end + 1);
    }
}

void UrlParser::parse_query_and_fragment() {
    if (rest_.starts_with('?')) {
        rest_.remove_prefix(1);
        url_.query_begin_ = here();
        url_.href_ += '?';
        append_percent_encoded(url_.href_, take_until(ends_query), special_query_encode_set);
    }
    if (rest_.starts_with('#')) {
        rest_.remove_prefix(1);
        url_.fragment_begin_ = here();
        url_.href_ += '#';
        append_percent_encoded(url_.href_, rest_, fragment_encode_set);
    }
}

} // namespace corduroy::http
