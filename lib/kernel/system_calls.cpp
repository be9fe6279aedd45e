#include "kernel/system_calls.hpp"

#include <corduroy/base/error.hpp>

#include <cerrno>
#include <cstdio>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace corduroy::kernel {

namespace {

int or_error(int result) noexcept { return result < 0 ? -errno : result; }

} // namespace

TimePoint SystemCalls::now() noexcept {
    return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
}

std::chrono::system_clock::time_point SystemCalls::wall_clock() noexcept { return std::chrono::system_clock::now(); }

void SystemCalls::random(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        ssize_t count = ::getrandom(bytes.data(), bytes.size(), 0);
        if (count >= 0)
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        else if (errno != EINTR)
            throw IoError("getrandom", errno);
    }
}

int SystemCalls::socket(int family, int type, int protocol) noexcept {
    return or_error(::socket(family, type | SOCK_CLOEXEC, protocol));
}

int SystemCalls::socket_pair(int family, int type, int (&descriptors)[2]) noexcept {
    return or_error(::socketpair(family, type | SOCK_CLOEXEC, 0, descriptors));
}

int SystemCalls::bind(int fd, const sockaddr* address, socklen_t length) noexcept {
    return or_error(::bind(fd, address, length));
}

int SystemCalls::listen(int fd, int backlog) noexcept { return or_error(::listen(fd, backlog)); }

int SystemCalls::set_option(int fd, int level, int name, const void* value, socklen_t length) noexcept {
    return or_error(::setsockopt(fd, level, name, value, length));
}

int SystemCalls::get_option(int fd, int level, int name, void* value, socklen_t& length) noexcept {
    return or_error(::getsockopt(fd, level, name, value, &length));
}

int SystemCalls::local_address(int fd, sockaddr* address, socklen_t& length) noexcept {
    return or_error(::getsockname(fd, address, &length));
}

int SystemCalls::peer_address(int fd, sockaddr* address, socklen_t& length) noexcept {
    return or_error(::getpeername(fd, address, &length));
}

void SystemCalls::close_now(int fd) noexcept { ::close(fd); }

std::int64_t SystemCalls::file_size(const char* path) noexcept {
    struct stat status;
    if (::stat(path, &status) != 0) return -errno;
    return S_ISREG(status.st_mode) ? status.st_size : -EINVAL;
}

int SystemCalls::rename(const char* from, const char* to) noexcept { return or_error(std::rename(from, to)); }

int SystemCalls::socket_file(const char* path, std::uint64_t& device, std::uint64_t& number) noexcept {
    struct stat status;
    if (::lstat(path, &status) != 0) return -errno;
    if (!S_ISSOCK(status.st_mode)) return -ENOTSOCK;
    device = status.st_dev;
    number = status.st_ino;
    return 0;
}

int SystemCalls::unlink(const char* path) noexcept { return or_error(::unlink(path)); }

} // namespace corduroy::kernel
