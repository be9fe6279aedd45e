#include <corduroy/http/request.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/http/error.hpp>

namespace corduroy::http {

namespace {

// A target that is a whole URL, as for a proxy ("http://host/path"): where its authority begins, or npos.
std::size_t authority_of(std::string_view target) noexcept {
    if (target.starts_with('/')) return std::string_view::npos;
    std::size_t colon = target.find("://");
    return colon == std::string_view::npos ? colon : colon + 3;
}

} // namespace

std::string_view Request::path() const noexcept {
    std::string_view target = head_.target;
    target = target.substr(0, target.find('?'));
    std::size_t authority = authority_of(target);
    if (authority == std::string_view::npos) return target;
    std::size_t slash = target.find('/', authority);
    return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
}

std::string_view Request::query() const noexcept {
    std::string_view target = head_.target;
    std::size_t mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

std::string_view Request::host() const noexcept {
    std::string_view target = head_.target;
    std::size_t authority = authority_of(target);
    if (authority == std::string_view::npos) return head_.headers.get("host").value_or(std::string_view());
    target.remove_prefix(authority);
    return target.substr(0, target.find_first_of("/?"));
}

const std::string& Request::bytes() const {
    if (reader_ != nullptr) throw corduroy::Error("the body of a streamed request was asked for before it was read");
    return body_;
}

Task<std::string_view> Request::read() {
    if (reader_ == nullptr) {
        if (std::exchange(whole_given_, true)) co_return std::string_view();
        co_return std::string_view(body_);
    }
    if (cut_) throw corduroy::Error("the body was too large to be read whole, and a part of it is gone");
    std::string_view piece = co_await reader_->read();
    if (piece.empty()) {
        reader_ = nullptr;
        whole_given_ = true;
    }
    co_return piece;
}

Task<> Request::read_all(std::size_t limit) {
    while (reader_ != nullptr) {
        if (cut_) throw corduroy::Error("the body was too large to be read whole, and a part of it is gone");
        std::string_view piece = co_await reader_->read();
        if (piece.empty()) reader_ = nullptr;
        cut_ = true;
        if (piece.size() > limit || body_.size() > limit - piece.size())
            throw TooLarge({.method = {}, .url = {}, .phase = Phase::body},
                           "the body is larger than " + std::to_string(limit) + " bytes", limit);
        body_ += piece;
        cut_ = false;
    }
}

} // namespace corduroy::http
