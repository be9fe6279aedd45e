#pragma once

#include <corduroy/http/url.hpp>

#include "http/characters.hpp"

#include <string_view>

namespace corduroy::http {

// The basic URL parser of the URL Standard (section 4.4) for http and https, written as a descent over the parts of the
// text instead of a machine over its characters; it gives the same results. Raises UrlFault.
class UrlParser {
public:
    // `text` has neither white space at its ends nor tabs and line ends inside. `base` may be null.
    static Url parse(std::string_view text, const Url* base);

private:
    UrlParser(std::string_view text, const Url* base) : rest_(text), base_(base) {}

    void parse_all();
    bool take_scheme();
    void parse_relative();
    void parse_authority();
    void parse_userinfo(std::string_view text);
    void parse_host_and_port(std::string_view text);
    void parse_port(std::string_view text);
    void parse_path(std::string_view text);
    void parse_query_and_fragment();

    std::string_view take_until(const CharacterSet& stops) noexcept;
    void copy_from_base(std::size_t end);
    void shorten_path();
    std::uint32_t here() const noexcept { return static_cast<std::uint32_t>(url_.href_.size()); }

    std::string_view rest_;
    const Url* base_;
    Url url_;
};

} // namespace corduroy::http
