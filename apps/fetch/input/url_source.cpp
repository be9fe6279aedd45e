#include "input/url_source.hpp"

#include "blanks.hpp"

#include <string_view>
#include <utility>

namespace fetch {

using corduroy::Task;

namespace {

bool is_scheme_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
           c == '.';
}

} // namespace

Task<std::optional<Target>> UrlSource::next() {
    for (;;) {
        if (glob_) {
            if (auto url = glob_->next()) {
                Target found = target(std::move(*url), {});
                if (found.named) found.output = glob_->fill(found.output);
                co_return found;
            }
            if (next_upload()) {
                glob_.emplace(opened_url());
                continue;
            }
            glob_.reset();
            upload_.clear();
            ++number_;
        }
        if (list_) {
            auto line = co_await list_->next();
            if (line) {
                Target found = target(std::move(line->url), line->name);
                ++number_;
                co_return found;
            }
            list_.reset();
        }
        bool opened = co_await open_next();
        if (!opened) co_return std::nullopt;
    }
}

Task<bool> UrlSource::open_next() {
    while (operation_ < options_.operations.size() && source_ == operation().sources.size()) {
        ++operation_;
        source_ = number_ = 0;
    }
    if (operation_ == options_.operations.size()) co_return false;
    const Operation::Source& source = operation().sources[source_++];
    if (source.is_list) {
        list_.emplace(source.text);
        co_return true;
    }
    glob_.emplace(opened_url());
    uploads_.reset();
    if (number_ < operation().uploads.size()) {
        uploads_.emplace(glob_of(operation().uploads[number_]));
        next_upload();
    }
    co_return true;
}

UrlGlob UrlSource::glob_of(std::string_view text) const {
    return operation().globs ? UrlGlob(text) : UrlGlob::plain(text);
}

UrlGlob UrlSource::opened_url() const { return glob_of(without_blanks(operation().sources[source_ - 1].text)); }

bool UrlSource::next_upload() {
    auto file = uploads_ ? uploads_->next() : std::nullopt;
    if (file) upload_ = *std::move(file);
    return file.has_value();
}

Target UrlSource::target(std::string url, std::string_view name) {
    const Operation& from = operation();
    Target found;
    found.operation = &from;
    found.index = index_++;
    found.url = with_scheme(std::move(url), from.request.default_scheme);
    std::optional<std::string> output;
    if (!name.empty())
        output = name;
    else if (number_ < from.output.outputs.size())
        output = from.output.outputs[number_];
    found.named = output.has_value();
    found.output = output.value_or(std::string());
    if (number_ < from.checksums.size()) found.checksum = from.checksums[number_];
    found.upload = upload_;
    if (list_ && number_ < from.uploads.size()) found.upload = from.uploads[number_];
    return found;
}

std::string with_scheme(std::string text, std::string_view scheme) {
    std::size_t end = 0;
    while (end < text.size() && is_scheme_character(text[end])) ++end;
    std::string_view rest = std::string_view(text).substr(end);
    bool has_scheme = (end != 0 && rest.starts_with("://")) || text.starts_with("http:") || text.starts_with("https:");
    return has_scheme ? text : std::string(scheme) + "://" + text;
}

} // namespace fetch
