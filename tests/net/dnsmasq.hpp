#pragma once

#include <corduroy/net/address.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <fcntl.h>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace corduroy::testing {

// A socket of the test's own, bound to a free port of 127.0.0.1.
class BoundSocket {
public:
    explicit BoundSocket(int type) : fd_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
        net::Address address = net::Address::loopback_ipv4(0);
        REQUIRE(::bind(fd_, address.data(), address.size()) == 0);
    }
    BoundSocket(const BoundSocket&) = delete;
    BoundSocket& operator=(const BoundSocket&) = delete;
    ~BoundSocket() { ::close(fd_); }

    int fd() const { return fd_; }
    std::uint16_t port() const {
        sockaddr_storage raw{};
        socklen_t length = sizeof raw;
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&raw), &length);
        return net::Address(reinterpret_cast<sockaddr*>(&raw), length).port();
    }
    // How many datagrams have come and were not counted yet.
    int datagrams() const {
        char room[1024];
        int count = 0;
        while (::recv(fd_, room, sizeof room, MSG_DONTWAIT) >= 0) ++count;
        return count;
    }

private:
    int fd_;
};

// A name server on loopback for one test, which goes when the test does, however that ends.
class Dnsmasq {
public:
    explicit Dnsmasq(std::vector<std::string> records) {
        if (::access(program, X_OK) != 0) return;
        port_ = BoundSocket(SOCK_STREAM).port();
        std::vector<std::string> arguments{program,
                                           "--keep-in-foreground",
                                           "--conf-file=/dev/null",
                                           "--log-facility=/dev/null",
                                           "--pid-file",
                                           "--user=root",
                                           "--no-resolv",
                                           "--no-hosts",
                                           "--listen-address=127.0.0.1",
                                           "--bind-interfaces",
                                           "--local=/test/",
                                           "--port=" + std::to_string(port_)};
        for (std::string& record : records) arguments.push_back(std::move(record));
        std::vector<char*> pointers;
        for (std::string& argument : arguments) pointers.push_back(argument.data());
        pointers.push_back(nullptr);
        child_ = ::fork();
        if (child_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            int nowhere = ::open("/dev/null", O_RDWR);
            for (int fd : {0, 1, 2}) ::dup2(nowhere, fd);
            ::execv(program, pointers.data());
            ::_exit(127);
        }
        wait_until_it_listens();
    }
    Dnsmasq(const Dnsmasq&) = delete;
    Dnsmasq& operator=(const Dnsmasq&) = delete;
    ~Dnsmasq() { stop(); }

    void stop() {
        if (child_ <= 0) return;
        ::kill(child_, SIGKILL);
        ::waitpid(std::exchange(child_, -1), nullptr, 0);
    }

    bool installed() const { return child_ > 0; }
    std::string server() const { return "127.0.0.1:" + std::to_string(port_); }

private:
    static constexpr const char* program = "/usr/sbin/dnsmasq";

    void wait_until_it_listens() {
        net::Address address = net::Address::loopback_ipv4(port_);
        for (int attempts = 0; attempts < 5000; ++attempts) {
            int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            bool listens = ::connect(fd, address.data(), address.size()) == 0;
            ::close(fd);
            if (listens) return;
            REQUIRE(::waitpid(child_, nullptr, WNOHANG) == 0); // it has ended
            ::usleep(1000);
        }
        FAIL("dnsmasq does not listen");
    }

    std::uint16_t port_ = 0;
    pid_t child_ = -1;
};

} // namespace corduroy::testing
