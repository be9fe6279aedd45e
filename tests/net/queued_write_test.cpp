// What is queued to be sent, with nobody who waits for it.

#include <corduroy/net/stream.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>

#include "net/both_kernels.hpp"
#include "net/pattern.hpp"
#include "net/tcp_pair.hpp"

#include <string>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;
using namespace std::chrono_literals;

TEST_SUITE("queued write") {
    TEST_CASE("write_soon needs nobody who awaits it") {
        auto body = [&]() -> Task<> {
            auto [client, server] = co_await tcp_pair();
            client.write_soon("hello\n");
            auto line = co_await server.read_line();
            CHECK((line == "hello"));
        };
        on_both_kernels(body);
    }

    TEST_CASE("write_soon while somebody writes comes behind that write") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            std::string large = pattern(1'000'000);
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(client.write_all(large));
                co_await yield_now();
                client.write_soon("behind");
                std::string got = co_await server.read_exactly(large.size());
                CHECK((got == large));
                std::string behind = co_await server.read_exactly(6);
                CHECK(behind == "behind");
            };
            co_await with_task_group(group_body);
        };
        on_both_kernels(body);
    }

    TEST_CASE("what is queued while somebody writes never goes into the middle of that write, which may be given up") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            std::string large = pattern(1'000'000);
            auto write = [&]() -> Task<> {
                auto outcome = co_await attempt(timeout(1s, client.write_all(large)));
                CHECK(outcome.failure().check<TimeoutError>());
                CHECK(client.bytes().queued() == 0);
                client.bytes().abort();
            };
            auto queue = [&]() -> Task<> {
                co_await yield_now();
                client.write_soon("behind");
                CHECK(client.bytes().queued() == 6);
            };
            co_await gather(write(), queue());
            std::string got = co_await server.read_all(2'000'000);
            CHECK(!got.empty());
            CHECK((got == large.substr(0, got.size())));
        };
        sim::run(body);
    }

    TEST_CASE("of a stream that is aborted nothing more is sent, whoever writes, queues and watches") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            std::string large = pattern(1'000'000);
            auto watch = [&]() -> Task<> { co_await client.bytes().gone(GoneSign::end); };
            auto write = [&]() -> Task<> {
                auto outcome = co_await attempt(client.write_all(large));
                CHECK(outcome.failure().check<IoError>());
            };
            auto end = [&]() -> Task<> {
                co_await yield_now();
                client.write_soon("behind");
                client.bytes().abort();
                CHECK(client.bytes().queued() == 0);
            };
            co_await gather(watch(), write(), end());
            std::string got = co_await server.read_all(2'000'000);
            CHECK((got == large.substr(0, got.size())));
        };
        on_both_kernels(body);
    }

    TEST_CASE("what is queued while a send is under way comes behind it, and both count until they are sent") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            std::string large = pattern(1'000'000);
            client.write_soon(large);
            CHECK(client.bytes().queued() == large.size());
            co_await yield_now();
            client.write_copy_soon("behind ");
            client.write_soon("it");
            CHECK(client.bytes().queued() > 9);
            CHECK(client.bytes().queued() <= large.size() + 9);
            std::string got = co_await server.read_exactly(large.size() + 9);
            CHECK((got == large + "behind it"));
            co_await client.flush();
            CHECK(client.bytes().queued() == 0);
            client.write_soon("and again");
            CHECK(client.bytes().queued() == 9);
            std::string again = co_await server.read_exactly(9);
            CHECK(again == "and again");
        };
        on_both_kernels(body);
    }

    TEST_CASE("flush resumes when the peer has room for all; cancelled, it leaves the sending to go on") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            std::string large = pattern(1'000'000);
            client.write_soon(large);
            auto outcome = co_await attempt(timeout(1s, client.flush()));
            CHECK(outcome.failure().check<TimeoutError>());
            auto reading = server.read_exactly(large.size());
            auto flushing = client.flush();
            auto results = co_await gather(std::move(reading), std::move(flushing));
            CHECK((std::get<0>(results) == large));
        };
        sim::run(body);
    }

    TEST_CASE("a stream dropped with bytes under way cancels them and closes") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            {
                Stream dropped = std::move(client);
                dropped.write_soon(pattern(5'000'000));
                co_await yield_now();
                dropped.write_soon("never sent");
            }
            auto rest = co_await attempt(server.read_all(10'000'000));
            if (rest) CHECK(rest.value().size() < 5'000'000);
        };
        on_both_kernels(body);
    }
}
