#include <corduroy/os/file.hpp>

#include <corduroy/async/perform.hpp>
#include <corduroy/async/readiness.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace corduroy::os {

namespace {

// Of a file that somebody has made non-blocking; then the ring does not wait by itself.
bool must_wait(int result) noexcept { return result == -EAGAIN; }

// For the system the name would end there.
bool holds_nul(const std::string& path) noexcept { return path.find('\0') != std::string::npos; }

} // namespace

Task<File> File::open(std::string path) { return open_with(std::move(path), O_RDONLY); }
Task<File> File::create(std::string path) { return open_with(std::move(path), O_WRONLY | O_CREAT | O_TRUNC); }
Task<File> File::append(std::string path) { return open_with(std::move(path), O_WRONLY | O_CREAT | O_APPEND); }

Task<File> File::open_with(std::string path, int flags) {
    kernel::Description what;
    what.opcode = kernel::Opcode::open;
    what.data = path.data();
    what.flags = static_cast<std::uint32_t>(flags);
    what.length = 0666;
    if (holds_nul(path)) throw IoError("open a file whose name holds NUL", EINVAL);
    kernel::Completion opened = co_await perform(what);
    if (opened.result < 0) throw IoError("open " + path, -opened.result);
    co_return File(std::move(path), opened.result);
}

File::~File() {
    if (fd_ < 0) return;
    if (Reactor* reactor = Reactor::current_or_null())
        reactor->kernel().close_now(fd_);
    else
        ::close(fd_);
}

Task<std::size_t> File::read_some(std::span<std::byte> into) {
    kernel::Description what;
    what.opcode = kernel::Opcode::read;
    what.fd = fd_;
    what.data = into.data();
    what.length = into.size();
    for (;;) {
        kernel::Completion done = co_await perform(what);
        if (done.result >= 0) co_return static_cast<std::size_t>(done.result);
        if (!must_wait(done.result)) throw IoError("read " + path_, -done.result);
        co_await readable(fd_);
    }
}

Task<> File::write_all(std::string_view bytes) {
    while (!bytes.empty()) {
        kernel::Description what;
        what.opcode = kernel::Opcode::write;
        what.fd = fd_;
        what.data = const_cast<char*>(bytes.data());
        what.length = bytes.size();
        kernel::Completion done = co_await perform(what);
        if (done.result > 0)
            bytes.remove_prefix(static_cast<std::size_t>(done.result));
        else if (must_wait(done.result))
            co_await writable(fd_);
        else // a write of something that writes nothing would be tried for ever
            throw IoError("write to " + path_, done.result == 0 ? EIO : -done.result);
    }
}

Task<> File::close() {
    kernel::Description what;
    what.opcode = kernel::Opcode::close;
    what.fd = std::exchange(fd_, -1);
    kernel::Completion done = co_await perform(what);
    if (done.result < 0) throw IoError("close " + path_, -done.result);
}

std::optional<std::uint64_t> file_size(const std::string& path) {
    if (holds_nul(path)) return std::nullopt;
    std::int64_t size = Reactor::current().kernel().file_size(path.c_str());
    if (size < 0) return std::nullopt;
    return static_cast<std::uint64_t>(size);
}

void rename_file(const std::string& from, const std::string& to) {
    if (holds_nul(from) || holds_nul(to)) throw IoError("rename a file to or from a name that holds NUL", EINVAL);
    int result = Reactor::current().kernel().rename(from.c_str(), to.c_str());
    if (result < 0) throw IoError("rename " + from + " to " + to, -result);
}

bool remove_file(const std::string& path) {
    if (holds_nul(path)) throw IoError("remove a file whose name holds NUL", EINVAL);
    int result = Reactor::current().kernel().unlink(path.c_str());
    if (result < 0 && result != -ENOENT) throw IoError("remove " + path, -result);
    return result == 0;
}

} // namespace corduroy::os
