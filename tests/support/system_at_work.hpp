#pragma once

#include <corduroy/base/error.hpp>

#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace corduroy::testing {

// Tells whether the system still has something to do for this process that needs nobody else: on a busy machine it may
// get to it late.
class SystemAtWork {
public:
    SystemAtWork() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof here;
        auto* address = reinterpret_cast<sockaddr*>(&here);
        timeval patience{.tv_sec = 1, .tv_usec = 0};
        if (fd_ < 0 || ::bind(fd_, address, size) < 0 || ::getsockname(fd_, address, &size) < 0 ||
            ::connect(fd_, address, size) < 0 ||
            ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0)
            throw Error("the tests need a datagram socket on 127.0.0.1");
    }
    SystemAtWork(const SystemAtWork&) = delete;
    SystemAtWork& operator=(const SystemAtWork&) = delete;
    ~SystemAtWork() { ::close(fd_); }

    // What loopback carries comes in order: when a datagram that is sent now has come, so has what was sent before.
    void let_loopback_catch_up() noexcept {
        char byte = 0;
        if (::send(fd_, &byte, 1, 0) == 1) static_cast<void>(::recv(fd_, &byte, 1, 0));
    }

    // Whether another thread of this process runs, or waits for its turn: some operations, shutdown among them, always
    // go to worker threads of the ring's, which sleep where they have nothing to do. See proc(5) for the fields of
    // `stat`.
    static bool other_threads_run() {
        std::string own = std::to_string(::gettid());
        for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
            if (thread.path().filename() == own) continue;
            std::ifstream file(thread.path() / "stat");
            std::string line;
            std::getline(file, line);
            std::size_t name_end = line.rfind(") ");
            if (name_end == std::string::npos) continue; // it has ended
            if (line[name_end + 2] == 'R' || line[name_end + 2] == 'D') return true;
        }
        return false;
    }

private:
    int fd_;
};

} // namespace corduroy::testing
