#include <corduroy/http/url.hpp>

#include <corduroy/http/error.hpp>

#include "http/percent_encoding.hpp"
#include "http/url_fault.hpp"
#include "http/url_parser.hpp"

#include <algorithm>

namespace corduroy::http {

namespace {

Url parse_cleaned(std::string_view text, const Url* base) {
    auto is_stripped = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
    while (!text.empty() && is_stripped(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_stripped(text.back())) text.remove_suffix(1);
    std::string without;
    auto is_dropped = [](char c) { return c == '\t' || c == '\n' || c == '\r'; };
    if (std::any_of(text.begin(), text.end(), is_dropped)) {
        std::remove_copy_if(text.begin(), text.end(), std::back_inserter(without), is_dropped);
        text = without;
    }
    try {
        return UrlParser::parse(text, base);
    } catch (const UrlFault& fault) {
        if (fault.unsupported) throw UnsupportedUrl(text, fault.reason);
        throw InvalidUrl(text, fault.reason);
    }
}

} // namespace

Url Url::parse(std::string_view text) { return parse_cleaned(text, nullptr); }

Url Url::join(std::string_view reference) const { return parse_cleaned(reference, this); }

std::string_view Url::host() const noexcept {
    return host_is_ipv6() ? view(host_begin_ + 1, host_end_ - 1) : view(host_begin_, host_end_);
}

std::optional<std::uint16_t> Url::explicit_port() const noexcept {
    if (host_end_ == path_begin_) return std::nullopt;
    return port_;
}

std::string_view Url::username() const noexcept {
    return has_userinfo() ? view(scheme_end_ + 3, user_end_) : std::string_view();
}

std::string_view Url::password() const noexcept {
    if (!has_userinfo() || href_[user_end_] != ':') return {};
    return view(user_end_ + 1, host_begin_ - 1);
}

std::string_view Url::query() const noexcept {
    return has_query() ? view(query_begin_ + 1, target_end()) : std::string_view();
}

std::string_view Url::fragment() const noexcept {
    return has_fragment() ? view(fragment_begin_ + 1, href_.size()) : std::string_view();
}

std::string Url::origin() const { return std::string(view(0, scheme_end_ + 3)).append(authority()); }

std::string Url::redacted() const {
    if (!has_userinfo()) return href_;
    return origin().append(view(path_begin_, href_.size()));
}

Url Url::with_added_query(std::string_view query) const {
    Url other = *this;
    std::string added(1, has_query() ? '&' : '?');
    if (has_query() && (this->query().empty() || this->query().back() == '&')) added.clear();
    append_percent_encoded(added, query, special_query_encode_set);
    if (!has_query()) other.query_begin_ = static_cast<std::uint32_t>(target_end());
    other.href_.insert(target_end(), added);
    if (has_fragment()) other.fragment_begin_ += static_cast<std::uint32_t>(added.size());
    return other;
}

Url Url::without_fragment() const {
    Url other = *this;
    other.href_.resize(target_end());
    other.fragment_begin_ = 0;
    return other;
}

Url Url::with_fragment(std::string_view fragment) const {
    Url other = without_fragment();
    other.fragment_begin_ = static_cast<std::uint32_t>(other.href_.size());
    other.href_ += '#';
    append_percent_encoded(other.href_, fragment, fragment_encode_set);
    return other;
}

Url Url::without_userinfo() const {
    if (!has_userinfo()) return *this;
    Url other = *this;
    std::uint32_t begin = scheme_end_ + 3;
    std::uint32_t size = host_begin_ - begin;
    other.href_.erase(begin, size);
    other.user_end_ = 0;
    for (std::uint32_t* offset : {&other.host_begin_, &other.host_end_, &other.path_begin_}) *offset -= size;
    for (std::uint32_t* offset : {&other.query_begin_, &other.fragment_begin_})
        if (*offset != 0) *offset -= size;
    return other;
}

} // namespace corduroy::http
