#include <corduroy/net/listener.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/net/connect.hpp>

#include "net/both_kernels.hpp"
#include "net/descriptor_of.hpp"
#include "support/ring_in_virtual_time.hpp"

#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;
using namespace std::chrono_literals;

namespace {

// A path for a socket in a folder of its own, which goes with it.
class SocketPath {
public:
    SocketPath() {
        char name[] = "/tmp/corduroy-XXXXXX";
        REQUIRE(::mkdtemp(name) != nullptr);
        folder_ = name;
    }
    ~SocketPath() { std::filesystem::remove_all(folder_); }

    std::string path() const { return folder_ + "/socket"; }

private:
    std::string folder_;
};

Task<> greet(Listener& listener) {
    Stream stream = co_await listener.accept();
    co_await stream.write_all("hello\n");
}

Task<> expect_greeting(Address address) {
    Stream stream = co_await connect(address);
    auto line = co_await stream.read_line();
    CHECK((line == "hello"));
}

// Takes all descriptors that the process may have, until it is destroyed.
class NoDescriptors {
public:
    NoDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &limit_);
        int highest = ::dup(0);
        ::close(highest);
        rlimit lower = limit_;
        lower.rlim_cur = static_cast<rlim_t>(highest);
        ::setrlimit(RLIMIT_NOFILE, &lower);
    }
    ~NoDescriptors() { end(); }
    void end() { ::setrlimit(RLIMIT_NOFILE, &limit_); }

private:
    rlimit limit_{};
};

} // namespace

TEST_SUITE("listener") {
    TEST_CASE("port 0 gives a free port, and connections come over IPv4 and IPv6") {
        auto body = [&]() -> Task<> {
            for (const char* where : {"127.0.0.1:0", "[::1]:0"}) {
                Listener listener = co_await listen(where);
                CHECK(listener.port() != 0);
                auto greeting = greet(listener);
                auto expecting = expect_greeting(listener.address());
                co_await gather(std::move(greeting), std::move(expecting));
            }
        };
        on_both_kernels(body);
    }

    TEST_CASE("an empty host listens on every address of both families") {
        auto body = [&]() -> Task<> {
            Listener listener = co_await listen(":0");
            for (Address address : {Address::loopback_ipv4(listener.port()), Address::loopback_ipv6(listener.port())}) {
                auto greeting = greet(listener);
                auto expecting = expect_greeting(address);
                co_await gather(std::move(greeting), std::move(expecting));
            }
        };
        on_both_kernels(body);
    }

    TEST_CASE("a Unix socket is listened on and connected to by its path, which is free afterwards") {
        SocketPath place;
        auto body = [&]() -> Task<> {
            for (std::string target : {"unix:" + place.path(), std::string("unix:@corduroy-test-") + place.path()}) {
                CAPTURE(target);
                for (int i = 0; i < 2; ++i) {
                    Listener listener = co_await listen(target);
                    CHECK(listener.address().to_string() == target);
                    auto greeting = greet(listener);
                    auto expecting = expect_greeting(listener.address());
                    co_await gather(std::move(greeting), std::move(expecting));
                }
            }
            auto outcome = co_await attempt(connect("unix:" + place.path()));
            CHECK(outcome.failure().message() ==
                  "connect to unix:" + place.path() + " failed: No such file or directory");
        };
        on_both_kernels(body);
    }

    TEST_CASE("a path that a dead listener left behind is taken over, one in use is not") {
        SocketPath place;
        int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
        Address address = Address::unix_path(place.path());
        REQUIRE(::bind(left, address.data(), address.size()) == 0);
        ::close(left);
        auto body = [&]() -> Task<> {
            Listener listener = co_await listen(address);
            auto second = co_await attempt(listen(address));
            CHECK(second.failure().message() == "listen on unix:" + place.path() + " failed: Address already in use");
            // What comes first is the second listener's attempt to find out whether somebody is there.
            Stream attempt_to_connect = co_await listener.accept();
            auto greeting = greet(listener);
            auto expecting = expect_greeting(address);
            co_await gather(std::move(greeting), std::move(expecting));
        };
        run_on_ring(body);
    }

    TEST_CASE("a path is in use, too, where more wait for its owner than he has room for") {
        SocketPath place;
        int busy = ::socket(AF_UNIX, SOCK_STREAM, 0);
        Address address = Address::unix_path(place.path());
        REQUIRE(::bind(busy, address.data(), address.size()) == 0);
        REQUIRE(::listen(busy, 0) == 0);
        int waits = ::socket(AF_UNIX, SOCK_STREAM, 0);
        REQUIRE(::connect(waits, address.data(), address.size()) == 0);
        auto body = [&]() -> Task<> {
            auto second = co_await attempt(listen(address));
            CHECK(second.failure().message() == "listen on unix:" + place.path() + " failed: Address already in use");
        };
        Reactor reactor(std::make_unique<corduroy::testing::RingInVirtualTime>());
        run(reactor, body());
        ::close(busy);
        ::close(waits);
    }

    TEST_CASE("a path that something else has than a socket is not taken over") {
        SocketPath place;
        std::string target = place.path() + ".target";
        auto make_file = [](const std::string& path) { std::ofstream(path) << "precious"; };
        SUBCASE("a file") { make_file(place.path()); }
        SUBCASE("a link to a file") {
            make_file(target);
            REQUIRE(::symlink(target.c_str(), place.path().c_str()) == 0);
        }
        SUBCASE("a link to nothing") { REQUIRE(::symlink(target.c_str(), place.path().c_str()) == 0); }
        struct stat before{};
        REQUIRE(::lstat(place.path().c_str(), &before) == 0);
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(listen("unix:" + place.path()));
            CHECK(outcome.failure().message() == "listen on unix:" + place.path() + " failed: Address already in use");
        };
        run_on_ring(body);
        struct stat after{};
        CHECK(::lstat(place.path().c_str(), &after) == 0);
        CHECK(after.st_ino == before.st_ino);
        ::unlink(target.c_str());
    }

    TEST_CASE("a path that another socket has taken meanwhile stays that one's") {
        SocketPath place;
        auto body = [&]() -> Task<> {
            std::optional<Listener> old(co_await listen("unix:" + place.path()));
            std::string beside = place.path() + ".new";
            Listener successor = co_await listen("unix:" + beside);
            REQUIRE(std::rename(beside.c_str(), place.path().c_str()) == 0);
            old.reset();
            auto greeting = greet(successor);
            auto expecting = expect_greeting(Address::unix_path(place.path()));
            co_await gather(std::move(greeting), std::move(expecting));
        };
        run_on_ring(body);
    }

    TEST_CASE("a relative path is freed and taken over like any other") {
        std::string path = "corduroy-relative-" + std::to_string(::getpid());
        int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
        Address address = Address::unix_path(path);
        REQUIRE(::bind(left, address.data(), address.size()) == 0);
        ::close(left);
        auto body = [&]() -> Task<> {
            Listener listener = co_await listen(address);
            auto greeting = greet(listener);
            auto expecting = expect_greeting(address);
            co_await gather(std::move(greeting), std::move(expecting));
        };
        run_on_ring(body);
        CHECK(::access(path.c_str(), F_OK) != 0);
    }

    TEST_CASE("a port in use is told with its address") {
        auto body = [&]() -> Task<> {
            Listener listener = co_await listen("127.0.0.1:0");
            auto second = co_await attempt(listen(listener.address()));
            CHECK(second.failure().message() ==
                  "listen on " + listener.address().to_string() + " failed: Address already in use");
        };
        on_both_kernels(body);
    }

    TEST_CASE("several listeners share a port that they agree to share") {
        auto body = [&]() -> Task<> {
            Listener one = co_await listen("127.0.0.1:0").reuse_port();
            Listener other = co_await listen(one.address()).reuse_port();
            CHECK(one.port() == other.port());
        };
        run_on_ring(body);
    }

    TEST_CASE("accepted and made connections send small writes at once, unless told otherwise") {
        auto no_delay = [](Stream& stream) {
            int value = 0;
            socklen_t size = sizeof value;
            REQUIRE(::getsockopt(descriptor_of(stream.peer_address()), IPPROTO_TCP, TCP_NODELAY, &value, &size) == 0);
            return value != 0;
        };
        auto body = [&]() -> Task<> {
            for (bool on : {true, false}) {
                Listener listener = co_await listen("127.0.0.1:0").no_delay(on);
                Stream client = co_await connect(listener.address()).no_delay(on);
                Stream server = co_await listener.accept();
                CHECK(no_delay(server) == on);
                // What is written first is never delayed, so that nothing needs to be set for it.
                co_await client.write_all("first");
                CHECK_FALSE(no_delay(client));
                co_await client.write_all("second");
                CHECK(no_delay(client) == on);
                client.abort();
                // But more than goes into one segment may be.
                Stream larger = co_await connect(listener.address()).no_delay(on);
                co_await larger.write_all(std::string(600, 'x'));
                CHECK(no_delay(larger) == on);
            }
        };
        run_on_ring(body);
    }

    TEST_CASE("an accept cancelled again and again loses no connection") {
        auto body = [&]() -> Task<> {
            Listener listener = co_await listen("127.0.0.1:0");
            constexpr int connections = 200;
            auto accept = [&]() -> Task<> {
                for (int count = 0; count < connections;) {
                    auto stream = co_await attempt(timeout(100us, listener.accept()));
                    if (!stream) continue;
                    co_await stream.value().write_all("hello\n");
                    ++count;
                }
            };
            auto dial = [&]() -> Task<> {
                for (int count = 0; count < connections; ++count) {
                    co_await expect_greeting(listener.address());
                    co_await sleep(100us);
                }
            };
            auto accepting = accept();
            auto dialling = dial();
            co_await gather(std::move(accepting), std::move(dialling));
        };
        on_both_kernels(body);
    }

    TEST_CASE("a process out of descriptors warns of it, and accepts again when it has some") {
        std::string told;
        auto body = [&]() -> Task<> {
            Listener listener = co_await listen("127.0.0.1:0").retry_after(1ms);
            Stream client = co_await connect(listener.address());
            Reactor::current().on_log(LogLevel::warning, [&told](const LogRecord& record) { told = record.text; });
            NoDescriptors none;
            auto refused = co_await attempt(timeout(5ms, listener.accept()));
            CHECK(told ==
                  "accept on " + listener.address().to_string() + " failed: Too many open files; again in 1 ms");
            CHECK(refused.failure().check<TimeoutError>());
            auto release = [&]() -> Task<> {
                co_await sleep(5ms);
                none.end();
            };
            auto releasing = release();
            auto accepting = listener.accept();
            auto results = co_await gather(std::move(accepting), std::move(releasing));
            CHECK(std::get<0>(results).peer_address() == client.local_address());
        };
        run_on_ring(body);
    }

    TEST_CASE("what is no place to listen on is refused") {
        for (const char* where : {"", "80", "localhost", "127.0.0.1:x", "unix:"}) {
            CAPTURE(where);
            CHECK_THROWS_AS((void)listen(where), Error);
        }
    }

    TEST_CASE("a listener that outlives its reactor was closed by it, wherever it was moved to") {
        std::size_t before = open_descriptors();
        SocketPath path;
        {
            std::optional<Listener> kept;
            std::optional<Listener> other;
            auto make = [&]() -> Task<> {
                Listener first = co_await listen("unix:" + path.path());
                kept.emplace(std::move(first));
                other.emplace(co_await listen("127.0.0.1:0"));
                *other = co_await listen("127.0.0.1:0");
            };
            run(make());
            CHECK(open_descriptors() == before);
            CHECK_FALSE(std::filesystem::exists(path.path()));
            Listener moved = std::move(*other);
            auto use = [&]() -> Task<> {
                auto accepted = co_await attempt(moved.accept());
                CHECK(accepted.failure().check<IoError>());
            };
            run(use());
        }
        CHECK(open_descriptors() == before);
    }
}
