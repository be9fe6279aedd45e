#pragma once

#include <corduroy/kernel/kernel.hpp>

namespace corduroy::kernel {

// The part of the seam that every kernel on the real system shares: clocks, randomness, and the socket calls that are
// no ring operations.
class SystemCalls : public Kernel {
public:
    TimePoint now() noexcept override;
    std::chrono::system_clock::time_point wall_clock() noexcept override;
    void random(std::span<std::byte> bytes) override;

    int socket(int family, int type, int protocol) noexcept override;
    int socket_pair(int family, int type, int (&descriptors)[2]) noexcept override;
    int bind(int fd, const sockaddr* address, socklen_t length) noexcept override;
    int listen(int fd, int backlog) noexcept override;
    int set_option(int fd, int level, int name, const void* value, socklen_t length) noexcept override;
    int get_option(int fd, int level, int name, void* value, socklen_t& length) noexcept override;
    int local_address(int fd, sockaddr* address, socklen_t& length) noexcept override;
    int peer_address(int fd, sockaddr* address, socklen_t& length) noexcept override;
    void close_now(int fd) noexcept override;
    std::int64_t file_size(const char* path) noexcept override;
    int rename(const char* from, const char* to) noexcept override;
    int socket_file(const char* path, std::uint64_t& device, std::uint64_t& number) noexcept override;
    int unlink(const char* path) noexcept override;
};

} // namespace corduroy::kernel
