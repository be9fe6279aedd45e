#include "input/list_file.hpp"

#include "blanks.hpp"
#include "file_error.hpp"
#include "output/descriptor.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/base/error.hpp>

#include <string_view>
#include <unistd.h>
#include <utility>

namespace fetch {

using corduroy::Task;

namespace {

constexpr std::size_t read_size = 16 * 1024;
constexpr std::size_t longest_line = 1024 * 1024;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf"; // of UTF-8, which editors of Windows put before a text

} // namespace

ListFile::ListFile(std::string path) : path_(std::move(path)) {
    if (path_ != "-") return;
    fd_ = STDIN_FILENO;
    path_ = "standard input";
}

ListFile::ListFile(ListFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)),
      used_(other.used_), at_beginning_(other.at_beginning_), ended_(other.ended_) {}

ListFile::~ListFile() {
    if (fd_ > STDIN_FILENO) ::close(fd_);
}

Task<> ListFile::open() {
    auto opened = co_await attempt(open_to_read(path_));
    if (!opened) throw FileError(FileError::Doing::reading, opened.failure().message());
    fd_ = *opened;
}

Task<std::optional<ListFile::Line>> ListFile::next() {
    if (fd_ < 0) co_await open();
    for (;;) {
        std::size_t end = buffer_.find('\n', used_);
        if (end != std::string::npos || (ended_ && used_ < buffer_.size())) {
            if (end == std::string::npos) end = buffer_.size();
            std::string_view line = std::string_view(buffer_).substr(used_, end - used_);
            if (std::exchange(at_beginning_, false) && line.starts_with(byte_order_mark))
                line.remove_prefix(byte_order_mark.size());
            line = without_blanks(line);
            used_ = std::min(end + 1, buffer_.size());
            if (line.empty() || line.front() == '#') continue;
            std::size_t blank = std::min(line.find_first_of(blanks_and_ends), line.size());
            Line found;
            found.url = line.substr(0, blank);
            found.name = without_blanks(line.substr(blank));
            co_return found;
        }
        if (ended_) co_return std::nullopt;
        buffer_.erase(0, std::exchange(used_, 0));
        if (buffer_.size() > longest_line) throw corduroy::Error(path_ + " has a line that is longer than 1 MiB");
        std::size_t before = buffer_.size();
        buffer_.resize(before + read_size);
        auto count = co_await attempt(read_some(fd_, buffer_.data() + before, read_size, path_));
        if (!count) throw FileError(FileError::Doing::reading, count.failure().message());
        buffer_.resize(before + *count);
        ended_ = *count == 0;
    }
}

} // namespace fetch
