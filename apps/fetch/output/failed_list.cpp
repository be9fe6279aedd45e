#include "output/failed_list.hpp"

#include "blanks.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/http/url.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace fetch {

using corduroy::IoError;

namespace {

int create(const std::string& path) {
    int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) throw IoError("open " + path, errno);
    return fd;
}

void write_at(int fd, std::string_view bytes, off_t place, const std::string& path) {
    while (!bytes.empty()) {
        ssize_t count = ::pwrite(fd, bytes.data(), bytes.size(), place);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) throw IoError("write to " + path, count == 0 ? EIO : errno);
        bytes.remove_prefix(static_cast<std::size_t>(count));
        place += count;
    }
}

std::string on_one_line(std::string text) {
    std::replace_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text;
}

// As the client reads a URL, which leaves out tabs and ends of lines; a line of a list ends it at the first blank.
std::string without_blanks_within(std::string_view url) {
    std::string encoded;
    for (char c : url) {
        if (c == '\t' || c == '\r' || c == '\n') continue;
        if (blanks_and_ends.find(c) == std::string_view::npos)
            encoded += c;
        else
            encoded += corduroy::http::percent_encode(std::string_view(&c, 1));
    }
    return encoded;
}

bool fits_in_list(std::string_view name) {
    return without_blanks(name).size() == name.size() && name.find_first_of("\r\n") == std::string_view::npos;
}

} // namespace

FailedList::FailedList(std::string path, bool is_read)
    : path_(std::move(path)), written_path_(is_read ? path_ + ".part" : path_) {
    if (wanted()) fd_ = create(written_path_);
}

FailedList::~FailedList() {
    if (fd_ < 0) return;
    ::close(fd_);
    if (!is_beside()) return;
    // After `finish` it is no more.
    if (whole_)
        static_cast<void>(std::rename(written_path_.c_str(), path_.c_str()));
    else
        ::unlink(written_path_.c_str());
}

void FailedList::add(const Target& target) {
    if (!wanted()) return;
    std::string line = without_blanks_within(target.url);
    bool unfit = target.named && !fits_in_list(target.output);
    if (target.named)
        line += "\t" + (unfit ? on_one_line(target.output) + " (a name that no list can hold)" : target.output);
    line += '\n';
    write_at(fd_, (unfit ? "#" : " ") + line, end_, written_path_);
    order_.push_back(target.index);
    Entry& entry = entries_[target.index];
    entry.place = std::exchange(end_, end_ + static_cast<off_t>(line.size()) + 1);
    entry.line = std::move(line);
    entry.refused = unfit;
}

void FailedList::done(std::size_t index) {
    auto entry = entries_.find(index);
    if (entry == entries_.end()) return;
    write_at(fd_, "#", entry->second.place, written_path_);
    entries_.erase(entry);
}

void FailedList::failed(std::size_t index, const std::string& reason) {
    if (auto entry = entries_.find(index); entry != entries_.end()) entry->second.reason = on_one_line(reason);
}

void FailedList::refused(std::size_t index, const std::string& reason) {
    auto entry = entries_.find(index);
    if (entry == entries_.end()) return;
    write_at(fd_, "#", entry->second.place, written_path_);
    entry->second.refused = true;
    entry->second.reason = on_one_line(reason);
}

void FailedList::finish() {
    if (!wanted() || (is_beside() && !whole_)) return;
    std::string text;
    for (std::size_t index : order_) {
        auto entry = entries_.find(index);
        if (entry == entries_.end()) continue;
        if (!entry->second.reason.empty()) text += "# " + entry->second.reason + "\n";
        if (entry->second.refused) text += "# ";
        text += entry->second.line;
    }
    std::string beside = path_ + ".part";
    int fd = create(beside);
    try {
        write_at(fd, text, 0, beside);
    } catch (...) {
        ::close(fd);
        ::unlink(beside.c_str());
        throw;
    }
    if (::close(fd) != 0 || std::rename(beside.c_str(), path_.c_str()) != 0)
        throw IoError("rename " + beside + " to " + path_, errno);
}

} // namespace fetch
