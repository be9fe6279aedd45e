#include "output/descriptor.hpp"

#include <corduroy/async/perform.hpp>
#include <corduroy/async/readiness.hpp>
#include <corduroy/base/error.hpp>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace fetch {

using corduroy::IoError;
using corduroy::perform;
using corduroy::Task;
namespace kernel = corduroy::kernel;

namespace {

Task<int> open(std::string path, int flags, mode_t mode = 0666) {
    kernel::Description what;
    what.opcode = kernel::Opcode::open;
    what.data = path.data();
    what.flags = static_cast<std::uint32_t>(flags);
    what.length = mode;
    auto opened = co_await perform(what);
    if (opened.result < 0) throw IoError("open " + path, -opened.result);
    co_return opened.result;
}

// A shell may have left the terminal or the pipe without blocking; then the ring does not wait by itself.
bool must_wait(int result) noexcept { return result == -EAGAIN; }

} // namespace

OpenFile::~OpenFile() {
    if (fd_ > STDIN_FILENO) ::close(fd_);
}

Task<int> open_to_read(std::string path) { return open(std::move(path), O_RDONLY); }
Task<int> open_to_write(std::string path) { return open(std::move(path), O_WRONLY | O_CREAT | O_TRUNC); }
Task<int> open_new(std::string path, mode_t mode) { return open(std::move(path), O_WRONLY | O_CREAT | O_EXCL, mode); }
Task<int> open_as_it_is(std::string path, mode_t mode) { return open(std::move(path), O_WRONLY | O_CREAT, mode); }
Task<int> open_to_take_over(std::string path) { return open(std::move(path), O_WRONLY | O_NOFOLLOW | O_NONBLOCK); }
Task<int> open_to_append(std::string path) { return open(std::move(path), O_WRONLY | O_CREAT | O_APPEND); }

Task<int> open_without_name() {
    const char* directory = std::getenv("TMPDIR");
    return open(directory == nullptr || *directory == '\0' ? "/tmp" : directory, O_RDWR | O_TMPFILE, 0600);
}

Task<int> open_nameless(const std::string& path, mode_t mode) {
    std::string directory = path.substr(0, path.rfind('/') + 1);
    return open(directory.empty() ? "." : std::move(directory), O_WRONLY | O_TMPFILE, mode);
}

bool can_link_nameless() noexcept {
    static const bool can = ::access("/proc/self/fd", X_OK) == 0;
    return can;
}

bool link_nameless(int fd, const std::string& path) noexcept {
    // The shorter way is the superuser's alone, or everybody's since Linux 6.10; ENOENT says that it is not ours.
    if (::linkat(fd, "", AT_FDCWD, path.c_str(), AT_EMPTY_PATH) == 0) return true;
    if (errno != ENOENT) return false;
    std::string own = "/proc/self/fd/" + std::to_string(fd);
    return ::linkat(AT_FDCWD, own.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

Task<std::size_t> read_some(int fd, char* buffer, std::size_t size, std::string_view name) {
    return read_some_at(fd, buffer, size, kernel::current_position, name);
}

Task<std::size_t> read_some_at(int fd, char* buffer, std::size_t size, std::uint64_t place, std::string_view name) {
    kernel::Description what;
    what.opcode = kernel::Opcode::read;
    what.fd = fd;
    what.data = buffer;
    what.length = size;
    what.offset = place;
    for (;;) {
        auto done = co_await perform(what);
        if (done.result >= 0) co_return static_cast<std::size_t>(done.result);
        if (done.result == -EINTR) continue;
        if (!must_wait(done.result)) throw IoError("read " + std::string(name), -done.result);
        co_await corduroy::readable(fd);
    }
}

Task<> write_all(int fd, std::string_view bytes, std::string_view name) {
    return write_all_at(fd, bytes, kernel::current_position, name);
}

Task<> write_all_at(int fd, std::string_view bytes, std::uint64_t place, std::string_view name) {
    while (!bytes.empty()) {
        kernel::Description what;
        what.opcode = kernel::Opcode::write;
        what.fd = fd;
        what.data = const_cast<char*>(bytes.data());
        what.length = bytes.size();
        what.offset = place;
        auto done = co_await perform(what);
        if (done.result > 0) {
            auto count = static_cast<std::size_t>(done.result);
            bytes.remove_prefix(count);
            if (place != kernel::current_position) place += count;
        } else if (must_wait(done.result)) {
            co_await corduroy::writable(fd);
        } else if (done.result != -EINTR) {
            // A write of something that writes nothing would be tried for ever.
            throw IoError("write to " + std::string(name), done.result == 0 ? EIO : -done.result);
        }
    }
}

Task<> close(int fd, std::string_view name) {
    kernel::Description what;
    what.opcode = kernel::Opcode::close;
    what.fd = fd;
    auto done = co_await perform(what);
    if (done.result < 0) throw IoError("close " + std::string(name), -done.result);
}

} // namespace fetch
