#include <corduroy/net/stream.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/net/listener.hpp>

#include "net/both_kernels.hpp"
#include "net/pattern.hpp"
#include "net/tcp_pair.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <unistd.h>
#include <vector>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;
using namespace std::chrono_literals;

namespace {

Task<> send_and_end(Stream& stream, std::string_view text) {
    co_await stream.write_all(text);
    co_await stream.shutdown();
}

// Resumes when there is something to be read, which stays where it is.
Task<> readable_soon(Stream& stream) {
    while (true) {
        bool nothing = co_await stream.bytes().still_open();
        if (!nothing) co_return;
        co_await yield_now();
    }
}

} // namespace

TEST_SUITE("stream") {
    TEST_CASE("bytes arrive as they were written, however many") {
        auto body = [&]() -> Task<> {
            for (std::size_t size : {1u, 8191u, 8192u, 8193u, 3'000'000u}) {
                CAPTURE(size);
                auto [client, server] = co_await tcp_pair();
                std::string text = pattern(size);
                auto reading = server.read_all(size);
                auto writing = send_and_end(client, text);
                auto results = co_await gather(std::move(reading), std::move(writing));
                CHECK((std::get<0>(results) == text));
            }
        };
        on_both_kernels(body);
    }

    TEST_CASE("read_some gives what there is, and 0 at the end") {
        auto body = [&]() -> Task<> {
            auto [client, server] = co_await tcp_pair();
            co_await client.write_all("hello");
            std::array<std::byte, 100> room;
            std::size_t count = co_await server.read_some(room);
            CHECK(count == 5);
            CHECK((room[0] == std::byte{'h'}));
            co_await client.shutdown();
            count = co_await server.read_some(room);
            CHECK(count == 0);
            count = co_await server.read_some(room);
            CHECK(count == 0);
            // The other direction goes on.
            co_await server.write_all("bye");
            std::string rest = co_await client.read_exactly(3);
            CHECK(rest == "bye");
        };
        on_both_kernels(body);
    }

    TEST_CASE("receive gives the bytes on loan, and nothing at the end") {
        auto body = [&]() -> Task<> {
            auto [client, server] = co_await tcp_pair();
            co_await client.write_all("hello");
            {
                ReceivedBytes received = co_await server.receive();
                CHECK((received.text() == "hello"));
                received.release();
                CHECK(received.empty());
            }
            co_await client.shutdown();
            ReceivedBytes end = co_await server.receive();
            CHECK(end.empty());
        };
        on_both_kernels(body);
    }

    TEST_CASE("receive makes progress when all provided buffers are out") {
        sim::SimOptions options;
        options.buffers = 2;
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            std::string text = pattern(60'000);
            co_await client.write_all(text);
            std::vector<ReceivedBytes> hoard;
            std::string together;
            while (together.size() < text.size()) {
                hoard.push_back(co_await server.receive());
                together += hoard.back().text();
            }
            CHECK((together == text));
            CHECK(hoard.size() > 2);
        };
        sim::run(body, options);
    }

    TEST_CASE("a cancelled receive gives its buffer back") {
        auto body = [&](sim::World& world) -> Task<> {
            auto [client, server] = stream_pair();
            auto outcome = co_await attempt(timeout(1s, server.receive()));
            CHECK(outcome.failure().message() == "the operation timed out after 1 s");
            CHECK(world.kernel().buffers_out() == 0);
            co_await client.write_all("x");
            std::string text = co_await server.read_exactly(1);
            CHECK(text == "x");
        };
        sim::run(body);
    }

    TEST_CASE("what several write_soon queue in one turn goes out in order, behind it what write_all sends") {
        auto body = [&]() -> Task<> {
            auto [client, server] = co_await tcp_pair();
            client.write_soon("one ");
            client.write_soon("");
            client.write_copy_soon(std::string("two "));
            client.write_copy_soon("");
            co_await client.write_all("three ");
            std::string large = pattern(100'000);
            client.write_copy_soon(std::string("four "));
            auto reading = server.read_all(200'000);
            auto writing = send_and_end(client, large);
            auto results = co_await gather(std::move(reading), std::move(writing));
            CHECK((std::get<0>(results) == "one two three four " + large));
        };
        on_both_kernels(body);
    }

    TEST_CASE("shutdown sends what is queued first, and can be repeated") {
        auto body = [&]() -> Task<> {
            auto [client, server] = co_await tcp_pair();
            client.write_soon("all of it");
            co_await client.shutdown();
            co_await client.shutdown();
            std::string text = co_await server.read_all(100);
            CHECK(text == "all of it");
        };
        on_both_kernels(body);
    }

    TEST_CASE("a second reader gets an error that names both places, and the first one its bytes") {
        auto body = [&]() -> Task<> {
            auto [client, server] = co_await tcp_pair();
            std::string message;
            auto group_body = [&](TaskGroup& group) -> Task<> {
                auto first = [&]() -> Task<> {
                    auto line = co_await server.read_line();
                    CHECK((line == "for the first"));
                };
                group.spawn(first);
                co_await yield_now();
                auto second = co_await attempt(server.read_line());
                message = second.failure().message();
                auto beneath = co_await attempt(server.bytes().receive());
                CHECK(beneath.failure().message().find("a second read from 127.0.0.1:") == 0);
                co_await client.write_all("for the first\n");
            };
            co_await with_task_group(group_body);
            CAPTURE(message);
            CHECK(message.find("a second read from 127.0.0.1:") == 0);
            std::size_t one = message.find("stream_test.cpp:");
            REQUIRE(one != std::string::npos);
            CHECK(message.find("stream_test.cpp:", one + 1) != std::string::npos);
        };
        on_both_kernels(body);
    }

    TEST_CASE("one at a time waits for a peer to go, and the next one may when that was given up") {
        auto body = [&]() -> Task<> {
            auto [client, server] = co_await tcp_pair();
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(server.bytes().gone(GoneSign::end));
                co_await yield_now();
                auto second = co_await attempt(server.bytes().gone(GoneSign::end));
                CHECK(second.failure().message().find("a second wait for the end of the connection") == 0);
                group.cancel();
            };
            co_await with_task_group(group_body);
            client.abort();
            co_await server.bytes().gone(GoneSign::end);
        };
        on_both_kernels(body);
    }

    TEST_CASE("a second writer gets an error, and the first one's bytes stay whole") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            std::string large = pattern(3'000'000);
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(client.write_all(large));
                co_await yield_now();
                auto second = co_await attempt(client.write_all("intruder"));
                CHECK(second.failure().message().find("a second write to unix:(unnamed) at ") == 0);
                std::string got = co_await server.read_exactly(large.size());
                CHECK((got == large));
            };
            co_await with_task_group(group_body);
        };
        on_both_kernels(body);
    }

    TEST_CASE("a write cancelled in its middle leaves nothing to write to") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            std::string large = pattern(1'000'000);
            auto outcome = co_await attempt(timeout(1s, client.write_all(large)));
            CHECK(outcome.failure().check<TimeoutError>());
            auto next = co_await attempt(client.write_all("more"));
            CHECK(next.failure().message() ==
                  "write to unix:(unnamed) failed: an earlier write was given up after 65536 of its 1000000 bytes");
        };
        sim::run(body);
    }

    TEST_CASE("a write cancelled before its first byte harms nothing") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            std::string full = pattern(65536);
            co_await client.write_all(full);
            auto outcome = co_await attempt(timeout(1s, client.write_all(full)));
            CHECK(outcome.failure().check<TimeoutError>());
            std::string got = co_await server.read_exactly(full.size());
            co_await client.write_all("more");
            got = co_await server.read_exactly(4);
            CHECK(got == "more");
        };
        sim::run(body);
    }

    TEST_CASE("a peer that closed with bytes unread resets the connection, and the reader is told") {
        auto body = [&]() -> Task<> {
            auto [client, server] = co_await tcp_pair();
            co_await client.write_all("unread");
            std::string peer = client.peer_address().to_string();
            co_await readable_soon(server);
            server.abort();
            auto outcome = co_await attempt(client.read_line());
            CHECK(outcome.failure().message() == "read from " + peer + " failed: Connection reset by peer");
            CHECK(errno_of(outcome.failure()) == ECONNRESET);
        };
        on_both_kernels(body);
    }

    TEST_CASE("a server's errors name the client that has gone") {
        auto body = [&]() -> Task<> {
            auto [client, server] = co_await tcp_pair();
            std::string peer = server.peer_address().to_string();
            co_await server.write_all("unread");
            co_await readable_soon(client);
            client.abort();
            auto outcome = co_await attempt(server.read_line());
            CHECK(outcome.failure().message() == "read from " + peer + " failed: Connection reset by peer");
        };
        on_both_kernels(body);
    }

    TEST_CASE("a read that is aborted names the path it came by, where the peer has no name") {
        auto body = [&]() -> Task<> {
            std::string path = std::filesystem::temp_directory_path() / ("corduroy-path-" + std::to_string(::getpid()));
            Listener listener = co_await listen("unix:" + path);
            for (bool lent : {true, false}) {
                Stream client = co_await connect("unix:" + path);
                Stream server = co_await listener.accept();
                auto read = [&]() -> Task<> {
                    std::byte room[8];
                    if (lent)
                        static_cast<void>(co_await server.bytes().receive());
                    else
                        static_cast<void>(co_await server.bytes().read_some(room));
                };
                auto abort = [&]() -> Task<> {
                    co_await yield_now();
                    server.abort();
                };
                auto [ended, aborted] = co_await settle(read(), abort());
                CHECK(ended.failure().message() ==
                      "read from unix:" + path + " failed: Software caused connection abort");
            }
        };
        run(body());
    }

    TEST_CASE("writing to a closed peer fails in the end, and names it") {
        auto body = [&]() -> Task<> {
            auto [client, server] = co_await tcp_pair();
            std::string peer = client.peer_address().to_string();
            server.abort();
            Failure failure;
            while (!failure) {
                auto outcome = co_await attempt(client.write_all("x"));
                if (!outcome) failure = outcome.failure();
            }
            CAPTURE(failure.message());
            CHECK(failure.message().find("write to " + peer + " failed: ") == 0);
            int error = errno_of(failure);
            CHECK((error == EPIPE || error == ECONNRESET));
        };
        on_both_kernels(body);
    }

    TEST_CASE("what write_soon could not send shows at the next write, and at the end of what is read") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            server.write_soon("last words");
            co_await server.flush();
            server.abort();
            client.write_soon("lost");
            auto flushed = co_await attempt(client.flush());
            CHECK(errno_of(flushed.failure()) == EPIPE);
            CHECK(flushed.failure().message() == "write to unix:(unnamed) failed: Broken pipe");
            auto written = co_await attempt(client.write_all("more"));
            CHECK(errno_of(written.failure()) == EPIPE);
            std::string words = co_await client.read_exactly(10);
            CHECK(words == "last words");
            auto end = co_await attempt(client.read_line());
            CHECK(end.failure().message() == "write to unix:(unnamed) failed: Broken pipe");
        };
        on_both_kernels(body);
    }

    TEST_CASE("abort ends who reads and who writes, and every later call") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            std::string large = pattern(3'000'000);
            auto group_body = [&](TaskGroup& group) -> Task<> {
                auto read = [&]() -> Task<> {
                    auto outcome = co_await attempt(client.read_line());
                    CHECK(errno_of(outcome.failure()) == ECONNABORTED);
                };
                auto write = [&]() -> Task<> {
                    auto outcome = co_await attempt(client.write_all(large));
                    // Cancelled in its middle it has sent a part and fails with the rest.
                    CHECK(errno_of(outcome.failure()) == ECONNABORTED);
                };
                group.spawn(read);
                group.spawn(write);
                co_await yield_now();
                co_await yield_now();
                client.abort();
                auto later = co_await attempt(client.bytes().read_some({}));
                CHECK_FALSE(later);
            };
            co_await with_task_group(group_body);
            auto read = co_await attempt(client.read_line());
            CHECK(errno_of(read.failure()) == ECONNABORTED);
            auto written = co_await attempt(client.write_all("x"));
            CHECK(errno_of(written.failure()) == ECONNABORTED);
            auto flushed = co_await attempt(client.flush());
            CHECK_FALSE(flushed);
            bool open = co_await client.bytes().still_open();
            CHECK_FALSE(open);
            client.abort();
        };
        on_both_kernels(body);
    }

    TEST_CASE("still_open tells an idle connection from one that was closed or speaks unasked, and takes no byte") {
        auto body = [&]() -> Task<> {
            auto [client, server] = co_await tcp_pair();
            bool open = co_await client.bytes().still_open();
            CHECK(open);
            co_await server.write_all("unasked");
            co_await readable_soon(client);
            open = co_await client.bytes().still_open();
            CHECK_FALSE(open);
            std::string text = co_await client.read_exactly(7);
            CHECK(text == "unasked");
            open = co_await client.bytes().still_open();
            CHECK(open);
            server.abort();
            co_await readable_soon(client);
            open = co_await client.bytes().still_open();
            CHECK_FALSE(open);
        };
        on_both_kernels(body);
    }

    TEST_CASE("a stream that a receive stands for knows by itself whether anything has come, or the end") {
        auto body = [&]() -> Task<> {
            auto [client, server] = co_await tcp_pair();
            for (int i = 0; i < 2; ++i) { // it stands from the second answer on
                co_await client.write_all("ask\n");
                co_await server.read_line();
                co_await server.write_all("tell\n");
                co_await client.bytes().receive();
            }
            CHECK(client.bytes().quiet());
            co_await server.write_all("unasked");
            while (client.bytes().quiet()) co_await sleep(1ms);
            ReceivedBytes part = co_await client.bytes().receive();
            CHECK(part.text() == "unasked");
            CHECK(client.bytes().quiet());
            co_await server.shutdown();
            while (client.bytes().quiet()) co_await sleep(1ms);
            bool open = co_await client.bytes().still_open();
            CHECK_FALSE(open);
            client.abort();
            CHECK_FALSE(client.bytes().quiet());
        };
        on_both_kernels(body);
    }

    TEST_CASE("abort closes at once, though somebody waits for a peer that has ended to go") {
        auto body = [&]() -> Task<> {
            auto [client, server] = co_await tcp_pair();
            auto watch = [&]() -> Task<> { co_await client.bytes().gone(GoneSign::reset); };
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(watch());
                co_await server.shutdown();
                co_await sleep(10ms); // it has seen the end, and will look again in a second
                client.write_soon("x");
                co_await client.flush();
                client.abort();
                std::string last = co_await server.read_all(10);
                CHECK(last == "x");
                group.scope().cancel();
            };
            auto begun = Reactor::current().now();
            co_await with_task_group(group_body);
            CHECK(Reactor::current().now() - begun < 900ms);
        };
        on_both_kernels(body);
    }

    TEST_CASE("both ends know their addresses") {
        auto body = [&]() -> Task<> {
            auto [client, server] = co_await tcp_pair();
            CHECK(client.local_address() == server.peer_address());
            CHECK(client.peer_address() == server.local_address());
            CHECK(client.peer_address().host() == "127.0.0.1");
        };
        on_both_kernels(body);
    }

    TEST_CASE("in a cancelled scope a read raises, and the bytes are there for the next one") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            co_await client.write_all("kept");
            auto outcome = co_await attempt(timeout(0s, server.read_exactly(5)));
            CHECK(outcome.failure().check<TimeoutError>());
            std::string text = co_await server.read_exactly(4);
            CHECK(text == "kept");
        };
        on_both_kernels(body);
    }
}
