#include "testing/sim_files.hpp"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <poll.h>

namespace corduroy::sim {

namespace {

class OpenFile final : public Object {
public:
    OpenFile(ReadyQueue& ready, FileStore::Contents contents, int flags)
        : Object(ready), contents_(std::move(contents)), flags_(flags) {}

    std::uint32_t readiness() const noexcept override { return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM; }

    std::int32_t read(std::span<std::byte> bytes, std::uint64_t offset) override {
        if ((flags_ & O_ACCMODE) == O_WRONLY) return -EBADF;
        std::uint64_t from = offset == kernel::current_position ? position_ : offset;
        if (from >= contents_->size()) return 0;
        std::size_t count = std::min<std::size_t>(bytes.size(), contents_->size() - from);
        std::memcpy(bytes.data(), contents_->data() + from, count);
        if (offset == kernel::current_position) position_ = from + count;
        return static_cast<std::int32_t>(count);
    }

    std::int32_t write(std::span<const std::byte> bytes, std::uint64_t offset) override {
        if ((flags_ & O_ACCMODE) == O_RDONLY) return -EBADF;
        if (bytes.empty()) return 0;
        std::uint64_t from = offset == kernel::current_position ? position_ : offset;
        if ((flags_ & O_APPEND) != 0) from = contents_->size();
        if (contents_->size() < from + bytes.size()) contents_->resize(from + bytes.size());
        std::memcpy(contents_->data() + from, bytes.data(), bytes.size());
        if (offset == kernel::current_position) position_ = from + bytes.size();
        return static_cast<std::int32_t>(bytes.size());
    }

private:
    FileStore::Contents contents_;
    int flags_;
    std::uint64_t position_ = 0;
};

} // namespace

std::int32_t FileStore::open(const char* path, int flags, std::shared_ptr<Object>& file) {
    if (*path == '\0') return -ENOENT;
    auto found = files_.find(std::string_view(path));
    if (found == files_.end()) {
        if ((flags & O_CREAT) == 0) return -ENOENT;
        found = files_.emplace(path, std::make_shared<std::string>()).first;
    } else if ((flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) {
        return -EEXIST;
    } else if ((flags & O_DIRECTORY) != 0) {
        return -ENOTDIR;
    }
    if ((flags & O_TRUNC) != 0 && (flags & O_ACCMODE) != O_RDONLY) found->second->clear();
    file = std::make_shared<OpenFile>(ready_, found->second, flags);
    return 0;
}

void FileStore::put(std::string_view path, std::string_view contents) {
    auto found = files_.find(path);
    if (found != files_.end())
        *found->second = contents;
    else
        files_.emplace(path, std::make_shared<std::string>(contents));
}

std::optional<std::string> FileStore::get(std::string_view path) const {
    auto found = files_.find(path);
    if (found == files_.end()) return std::nullopt;
    return *found->second;
}

bool FileStore::remove(std::string_view path) {
    auto found = files_.find(path);
    if (found == files_.end()) return false;
    files_.erase(found);
    return true;
}

int FileStore::rename(std::string_view from, std::string_view to) {
    auto found = files_.find(from);
    if (found == files_.end() || to.empty()) return -ENOENT;
    if (from == to) return 0;
    Contents contents = std::move(found->second);
    files_.erase(found);
    files_.insert_or_assign(std::string(to), std::move(contents));
    return 0;
}

std::int64_t FileStore::size(std::string_view path) const {
    auto found = files_.find(path);
    return found == files_.end() ? -ENOENT : static_cast<std::int64_t>(found->second->size());
}

} // namespace corduroy::sim
