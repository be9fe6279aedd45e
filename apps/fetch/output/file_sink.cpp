#include "output/descriptor.hpp"
#include "output/part_of_file.hpp"
#include "output/sink.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/os/file.hpp>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace fetch {

using corduroy::IoError;
using corduroy::Task;
namespace fs = std::filesystem;
namespace os = corduroy::os;

namespace {

// Names that are tried where the one that was wanted is taken; curl tries as many.
constexpr int most_names = 100;

} // namespace

FileSink::~FileSink() { give_up(); }

void FileSink::give_up() noexcept {
    if (appends_ && fd_ >= 0) {
        // What cannot be taken back stays, as it does with curl.
        if (size_before_)
            static_cast<void>(!::ftruncate(fd_, static_cast<off_t>(*size_before_)));
        else
            ::unlink(path_.c_str());
    }
    if (fd_ >= 0) ::close(fd_);
    if (!written_path_.empty() && written_path_ != path_ && !part_is_kept()) ::unlink(written_path_.c_str());
}

Task<> FileSink::open() {
    std::error_code error;
    fs::file_status status = fs::symlink_status(path_, error);
    if (fs::is_symlink(status)) {
        status = fs::status(path_, error);
        auto target = fs::weakly_canonical(path_, error);
        if (!error) path_ = target.string();
    }
    if (fs::path directory = fs::path(path_).parent_path(); manner_.create_dirs && !directory.empty()) {
        fs::create_directories(directory, error);
        if (error) throw IoError("make the directory " + directory.string(), error.value());
    }
    bool special = fs::exists(status) && !fs::is_regular_file(status);
    if (manner_.append && !special) co_return co_await open_behind();
    std::string path = special ? path_ : part_name(path_);
    if (special)
        fd_ = co_await open_to_write(path);
    else
        co_await open_part(path);
    written_path_ = std::move(path);
}

Task<> FileSink::open_part(const std::string& path) {
    if (manner_.from != 0) {
        // Without a tag it is the file itself that is gone on with (see find_part), and not a part that lies beside it.
        std::error_code error;
        if (!fs::exists(tag_name(path_), error) && std::rename(path_.c_str(), path.c_str()) != 0)
            throw IoError("rename " + path_ + " to " + path, errno);
        fd_ = co_await open_to_append(path);
    } else {
        ::unlink(tag_name(path_).c_str()); // of a part that is no more
        fd_ = co_await open_to_write(path);
    }
    if (!manner_.tag.empty()) co_await write_tag(path_, manner_.tag);
}

Task<> FileSink::open_behind() {
    size_before_ = os::file_size(path_);
    fd_ = co_await open_to_append(path_);
    written_path_ = path_;
    appends_ = true;
}

Task<> FileSink::write(std::string_view bytes) { return write_all(fd_, bytes, written_path_); }

Task<> FileSink::complete() {
    if (manner_.modified) {
        const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_NOW}, {.tv_sec = *manner_.modified, .tv_nsec = 0}};
        ::futimens(fd_, times); // what has no time of its own is none the worse
    }
    int fd = std::exchange(fd_, -1);
    co_await close(fd, written_path_);
    if (written_path_ != path_) give_name();
    if (manner_.keep_part) ::unlink(tag_name(path_).c_str());
    written_path_.clear();
}

void FileSink::give_name() {
    if (!manner_.no_clobber) {
        if (std::rename(written_path_.c_str(), path_.c_str()) == 0) return;
        throw IoError("rename " + written_path_ + " to " + path_, errno);
    }
    std::string wanted = path_;
    for (int number = 0; number <= most_names; ++number) {
        if (number != 0) path_ = wanted + "." + std::to_string(number);
        if (::renameat2(AT_FDCWD, written_path_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) return;
        if (errno != EEXIST) throw IoError("rename " + written_path_ + " to " + path_, errno);
    }
    throw IoError("rename " + written_path_ + " to " + wanted + ", or to " + wanted + ".1 and so on", EEXIST);
}

} // namespace fetch
