#include "sink.hpp"

#include "descriptor.hpp"

#include <corduroy/base/error.hpp>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <unistd.h>

namespace fetch {

using corduroy::IoError;
using corduroy::Task;
namespace fs = std::filesystem;

FileSink::~FileSink() {
    if (fd_ >= 0) ::close(fd_);
    if (!written_path_.empty() && written_path_ != path_) ::unlink(written_path_.c_str());
}

Task<> FileSink::open() {
    std::error_code error;
    if (fs::is_symlink(path_, error)) {
        auto target = fs::weakly_canonical(path_, error);
        if (!error) path_ = target.string();
    }
    bool special = fs::exists(path_, error) && !fs::is_regular_file(path_, error);
    std::string path = special ? path_ : path_ + ".part";
    fd_ = co_await open_to_write(path);
    written_path_ = std::move(path);
}

Task<> FileSink::write(std::string_view bytes) { return write_all(fd_, bytes, written_path_); }

Task<> FileSink::complete() {
    int fd = std::exchange(fd_, -1);
    co_await close(fd, written_path_);
    if (written_path_ != path_ && std::rename(written_path_.c_str(), path_.c_str()) != 0)
        throw IoError("rename " + written_path_ + " to " + path_, errno);
    written_path_.clear();
}

} // namespace fetch
