#include <corduroy/net/stream.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/net/listener.hpp>

#include "net/both_kernels.hpp"
#include "net/tcp_pair.hpp"

#include <cerrno>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;

TEST_SUITE("stream") {
    TEST_CASE("a stream that outlives its reactor was closed by it, and can be used and destroyed all the same") {
        std::size_t before = open_descriptors();
        {
            std::optional<std::pair<Stream, Stream>> kept;
            auto make = [&]() -> Task<> {
                kept.emplace(co_await tcp_pair());
                kept->first.write_soon("unread");
            };
            run(make());
            CHECK(open_descriptors() == before);
            kept->first.write_soon("more");
            kept->first.abort();
            CHECK(kept->second.local_address().empty());
            auto use = [&]() -> Task<> {
                auto read = co_await attempt(kept->second.read_line());
                CHECK(errno_of(read.failure()) == ECONNABORTED);
                auto written = co_await attempt(kept->second.write_all("x"));
                CHECK(errno_of(written.failure()) == ECONNABORTED);
                auto shut_down = co_await attempt(kept->second.shutdown());
                CHECK(errno_of(shut_down.failure()) == ECONNABORTED);
                CHECK_FALSE(co_await kept->second.bytes().still_open());
            };
            run(use());
        }
        CHECK(open_descriptors() == before);
    }

    TEST_CASE("a stream that outlives a simulation is told of by that, and can be destroyed") {
        std::optional<std::pair<Stream, Stream>> kept;
        auto keep = [&]() -> Task<> { kept.emplace(co_await tcp_pair()); };
        CHECK_THROWS_WITH(sim::run(keep), "the program left descriptors open: 2");
        kept.reset();
    }

    TEST_CASE("the end of a program does not wait for a peer that never reads") {
        std::optional<std::pair<Stream, Stream>> kept;
        auto keep = [&]() -> Task<> {
            kept.emplace(co_await tcp_pair());
            kept->first.write_soon(std::string(64 << 20, 'x'));
            co_await yield_now();
            kept->first.write_soon("more behind that");
        };
        SUBCASE("simulated") { CHECK_THROWS_WITH(sim::run(keep), "the program left descriptors open: 2"); }
        SUBCASE("on the ring") {
            std::size_t before = open_descriptors();
            run(keep());
            CHECK(open_descriptors() == before);
        }
    }

    TEST_CASE("what a peer's buffers take of a kept stream's queue is sent when the program ends") {
        // Outside of any reactor, so that it can be read afterwards.
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
        std::optional<Stream> kept;
        std::size_t queued = 0;
        SUBCASE("a little, all of it") { queued = 1000; }
        SUBCASE("very much, not all of it") { queued = 64 << 20; }
        auto keep = [&]() -> Task<> {
            int fd = std::exchange(ends[0], -1);
            kept.emplace(Stream(adopt_socket(fd)));
            kept->write_soon(std::string(queued, 'x'));
            co_return;
        };
        run(keep());
        std::size_t received = 0;
        static char buffer[1 << 16];
        for (ssize_t count; (count = ::recv(ends[1], buffer, sizeof buffer, 0)) > 0;)
            received += static_cast<std::size_t>(count);
        CHECK(received > 0);
        CHECK((received == queued) == (queued == 1000));
        ::close(ends[1]);
    }

    TEST_CASE("a stream whose queue was given up at the end of one program says so in the next one of the reactor") {
        Reactor reactor;
        std::optional<std::pair<Stream, Stream>> kept;
        auto keep = [&]() -> Task<> {
            kept.emplace(co_await tcp_pair());
            kept->first.write_soon(std::string(64 << 20, 'x'));
            kept->second.write_soon("a little");
        };
        run(reactor, keep());
        auto use = [&]() -> Task<> {
            auto written = co_await attempt(kept->first.write_all("x"));
            CHECK(errno_of(written.failure()) == ECANCELED);
            std::string text = co_await kept->first.read_exactly(8);
            CHECK(text == "a little");
            co_await kept->second.write_all("more");
            text = co_await kept->first.read_exactly(4);
            CHECK(text == "more");
            kept.reset();
        };
        run(reactor, use());
    }
}
