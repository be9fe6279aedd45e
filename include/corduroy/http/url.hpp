#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace corduroy::http {

// An http or https URL, parsed and normalised as browsers do it (the WHATWG URL Standard; not RFC 3986). It is one
// string, its href, with the places where its parts begin: every accessor that returns a view is free, and copying a
// Url is copying a string. Views live as long as the Url is neither changed nor destroyed.
//
// Text is taken as UTF-8. Bytes of path, query and fragment that are not UTF-8 are percent-encoded as they are.
class Url {
public:
    // Parses an absolute URL. Raises UnsupportedUrl for a scheme other than http and https, and for a host beyond
    // ASCII in a build without IDNA; InvalidUrl for what is no URL. No message shows a password.
    static Url parse(std::string_view text);

    // Parses a reference, absolute or relative, with this URL as its base: what a Location header or a link means.
    Url join(std::string_view reference) const;

    // The whole, normalised, with userinfo and fragment.
    const std::string& href() const noexcept { return href_; }

    // "http" or "https".
    std::string_view scheme() const noexcept { return view(0, scheme_end_); }
    bool is_secure() const noexcept { return scheme_end_ == 5; }
    // A name in its ASCII form and in lower case, or an address: of IPv6 without its brackets. Never empty.
    std::string_view host() const noexcept;
    // Whether host() is an address and not a name.
    bool host_is_ipv4() const noexcept { return host_kind_ == HostKind::ipv4; }
    bool host_is_ipv6() const noexcept { return host_kind_ == HostKind::ipv6; }
    // The port to connect to: the one in the URL, or 80, or 443.
    std::uint16_t port() const noexcept { return port_; }
    // The port in the URL, where it is not the scheme's own.
    std::optional<std::uint16_t> explicit_port() const noexcept;

    // Percent-encoded, empty where absent. `userinfo` is "user:password" or "user"; percent_decode gives what an
    // Authorization header wants.
    std::string_view username() const noexcept;
    std::string_view password() const noexcept;
    bool has_userinfo() const noexcept { return user_end_ != 0; }

    // Begins with '/'.
    std::string_view path() const noexcept { return view(path_begin_, path_end()); }
    // Without its '?'; empty where absent.
    std::string_view query() const noexcept;
    bool has_query() const noexcept { return query_begin_ != 0; }
    // Without its '#'; empty where absent. Never sent to a server.
    std::string_view fragment() const noexcept;
    bool has_fragment() const noexcept { return fragment_begin_ != 0; }

    // Path and query as they stand in a request line (origin-form, RFC 9112 section 3.2.1).
    std::string_view target() const noexcept { return view(path_begin_, target_end()); }
    // For the Host header: host, IPv6 in its brackets, and the port if it is not the scheme's own.
    std::string_view authority() const noexcept { return view(host_begin_, path_begin_); }
    // "https://example.com:8443": scheme and authority.
    std::string origin() const;
    bool same_origin(const Url& other) const noexcept {
        return scheme_end_ == other.scheme_end_ && authority() == other.authority();
    }

    // The href without userinfo, for messages and for a Referer.
    std::string redacted() const;

    // The same URL with this appended to its query, after a '&' where there is one: "name=value", encoded already.
    Url with_added_query(std::string_view query) const;
    // The same URL without fragment; with this fragment ('#' not included, encoded as needed); without userinfo.
    Url without_fragment() const;
    Url with_fragment(std::string_view fragment) const;
    Url without_userinfo() const;

    friend bool operator==(const Url& left, const Url& right) noexcept { return left.href_ == right.href_; }

private:
    friend class RequestAddress;
    friend class UrlParser;
    enum class HostKind : unsigned char { name, ipv4, ipv6 };

    Url() = default;
    std::string_view view(std::size_t from, std::size_t to) const noexcept {
        return std::string_view(href_).substr(from, to - from);
    }
    std::size_t target_end() const noexcept { return fragment_begin_ != 0 ? fragment_begin_ : href_.size(); }
    std::size_t path_end() const noexcept { return query_begin_ != 0 ? query_begin_ : target_end(); }

    // Offsets into href_. scheme_end_ is that of ':'; user_end_ that of the ':' or '@' after the user name, or 0;
    // query_begin_ and fragment_begin_ those of '?' and '#', or 0.
    std::string href_;
    std::uint32_t scheme_end_ = 0;
    std::uint32_t user_end_ = 0;
    std::uint32_t host_begin_ = 0;
    std::uint32_t host_end_ = 0;
    std::uint32_t path_begin_ = 0;
    std::uint32_t query_begin_ = 0;
    std::uint32_t fragment_begin_ = 0;
    std::uint16_t port_ = 0;
    HostKind host_kind_ = HostKind::name;
};

// Replaces each %XX by its byte; a '%' that no two hexadecimal digits follow stays.
std::string percent_decode(std::string_view text);
// Replaces everything but letters, digits and "-._~" by %XX: for a piece of text that is to stand inside a path or a
// query.
std::string percent_encode(std::string_view text);

} // namespace corduroy::http
