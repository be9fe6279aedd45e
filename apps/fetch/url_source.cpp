#include "url_source.hpp"

#include "descriptor.hpp"

#include <corduroy/base/error.hpp>

#include <string_view>
#include <unistd.h>

namespace fetch {

using corduroy::Task;

namespace {

constexpr std::size_t read_size = 16 * 1024;
constexpr std::size_t longest_line = 1024 * 1024;

std::string_view trim(std::string_view line) {
    constexpr std::string_view blanks = " \t\r\n\v\f";
    std::size_t begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return line.substr(begin, line.find_last_not_of(blanks) - begin + 1);
}

bool is_scheme_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
           c == '.';
}

} // namespace

UrlSource::UrlSource(const Options& options) {
    for (const std::string& url : options.urls) origins_.push_back({url == "-", url});
    for (const std::string& path : options.url_files) origins_.push_back({true, path});
}

UrlSource::~UrlSource() { close(); }

Task<std::optional<std::string>> UrlSource::next() {
    for (;;) {
        if (fd_ >= 0) {
            auto line = co_await next_line();
            if (line) co_return with_scheme(std::move(*line));
        }
        if (origins_.empty()) co_return std::nullopt;
        Origin origin = std::move(origins_.front());
        origins_.pop_front();
        if (!origin.is_file) co_return with_scheme(std::string(trim(origin.text)));
        co_await open(std::move(origin.text));
    }
}

Task<> UrlSource::open(std::string path) {
    name_ = path == "-" ? "standard input" : path;
    ended_ = false;
    used_ = 0;
    buffer_.clear();
    fd_ = STDIN_FILENO;
    if (path == "-") co_return;
    fd_ = -1;
    fd_ = co_await open_to_read(std::move(path));
}

Task<std::optional<std::string>> UrlSource::next_line() {
    for (;;) {
        std::size_t end = buffer_.find('\n', used_);
        if (end != std::string::npos || (ended_ && used_ < buffer_.size())) {
            if (end == std::string::npos) end = buffer_.size();
            std::string_view line = trim(std::string_view(buffer_).substr(used_, end - used_));
            used_ = std::min(end + 1, buffer_.size());
            if (!line.empty() && line.front() != '#') co_return std::string(line);
            continue;
        }
        if (ended_) break;
        buffer_.erase(0, std::exchange(used_, 0));
        if (buffer_.size() > longest_line) throw corduroy::Error(name_ + " has a line that is longer than 1 MiB");
        std::size_t before = buffer_.size();
        buffer_.resize(before + read_size);
        std::size_t count = co_await read_some(fd_, buffer_.data() + before, read_size, name_);
        buffer_.resize(before + count);
        ended_ = count == 0;
    }
    close();
    co_return std::nullopt;
}

void UrlSource::close() noexcept {
    if (fd_ > STDIN_FILENO) ::close(fd_);
    fd_ = -1;
}

std::string with_scheme(std::string text) {
    std::size_t end = 0;
    while (end < text.size() && is_scheme_character(text[end])) ++end;
    std::string_view rest = std::string_view(text).substr(end);
    bool has_scheme = (end != 0 && rest.starts_with("://")) || text.starts_with("http:") || text.starts_with("https:");
    return has_scheme ? text : "http://" + text;
}

} // namespace fetch
