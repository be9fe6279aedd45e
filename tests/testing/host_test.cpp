// The simulated network: hosts, links, names, and what goes wrong there.

#include <corduroy/testing/host.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/net/listener.hpp>
#include <corduroy/testing/explore.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<http::Response> page(http::Request& request) { co_return http::Response(200, "page " + request.target()); }

Task<> echo(net::Stream stream) {
    for (;;) {
        auto line = co_await stream.read_line();
        if (!line) co_return;
        co_await stream.write_all(*line + "\n");
    }
}

Task<std::string> ask(net::Stream& stream, std::string text) {
    co_await stream.write_all(text + "\n");
    auto line = co_await stream.read_line();
    co_return line.value_or("(end)");
}

std::string message(const Failure& failure) { return failure ? failure.message() : "no failure"; }

} // namespace

TEST_SUITE("hosts") {
    TEST_CASE("a host serves HTTP under its name, after the latency of both links, both ways") {
        sim::run([](sim::World& world) -> Task<> {
            world.host("shop.test").latency(50ms).serve(80, page);
            http::Response answer = co_await http::get("http://shop.test/a");
            CHECK(answer.text() == "page /a");
            CHECK(world.elapsed() == 200ms); // there and back, twice: the connection, and the exchange
            co_await http::get("http://SHOP.test/b");
            CHECK(world.elapsed() == 300ms);
        });
    }

    TEST_CASE("the first connections are refused, and the next is not") {
        sim::run([](sim::World& world) -> Task<> {
            world.host("shop.test").latency(10ms).refuse_first(2).serve(80, page);
            for (int i = 0; i < 2; ++i) {
                auto outcome = co_await attempt(net::connect("shop.test", 80));
                CHECK(message(outcome.failure()).find("Connection refused") != std::string::npos);
            }
            CHECK(world.elapsed() == 40ms);
            http::Response answer = co_await http::get("http://shop.test/");
            CHECK(answer.status() == 200);
        });
    }

    TEST_CASE("a window's worth goes over a connection each round trip") {
        constexpr std::size_t window = 10'000;
        auto take_all = [](net::Stream stream) -> Task<> {
            auto all = co_await stream.read_all(1 << 20);
            co_await stream.write_all(std::to_string(all.size()) + "\n");
        };
        for (std::size_t size : {window - 1, window, window + 1, 10 * window}) {
            CAPTURE(size);
            auto body = [&](sim::World& world) -> Task<> {
                world.host("a.test").latency(30ms, 20ms).accept(7, take_all);
                net::Stream stream = co_await net::connect("a.test", 7);
                CHECK(world.elapsed() == 50ms);
                co_await stream.write_all(std::string(size, 'x'));
                auto windows = static_cast<int>((size + window - 1) / window);
                CHECK(world.elapsed() == windows * 50ms); // the last of them is on its way
                co_await stream.shutdown();
                auto answer = co_await stream.read_line();
                CHECK(answer == std::to_string(size));
                CHECK(world.elapsed() == (windows + 1) * 50ms);
            };
            sim::run(body, {.stream_buffer = window});
        }
    }

    TEST_CASE("who reads late makes room late, and while the network is cut nobody hears of it") {
        constexpr std::size_t window = 10'000;
        auto take_late = [](net::Stream stream) -> Task<> {
            co_await sleep(1s);
            co_await stream.read_exactly(window / 2);
            co_await sleep(1h);
        };
        for (bool cut : {false, true}) {
            CAPTURE(cut);
            auto body = [&](sim::World& world) -> Task<> {
                sim::Host& host = world.host("a.test").latency(10ms).accept(7, take_late);
                net::Stream stream = co_await net::connect("a.test", 7);
                co_await stream.write_all(std::string(window, 'x'));
                auto waits = co_await attempt(timeout(900ms, stream.write_all(std::string_view("y"))));
                CHECK(!waits);
                auto cutting = [&]() -> Task<> {
                    if (!cut) co_return;
                    host.partition();
                    co_await sleep(1min);
                    host.heal();
                };
                auto writing = [&]() -> Task<> { co_await stream.write_all(std::string(window / 2, 'y')); };
                TimePoint before = world.kernel().now();
                co_await gather(cutting(), writing());
                // That was at 920 ms. It is read at 1010 ms, and the word of that takes 10 ms.
                CHECK(world.kernel().now() - before == (cut ? 1min + 10ms : 100ms));
            };
            sim::run(body, {.stream_buffer = window});
        }
    }

    TEST_CASE("hosts have addresses of their own, and what runs on one sees its own localhost") {
        auto body = [](sim::World& world) -> Task<> {
            sim::Host& a = world.host("a.test").accept(7, echo);
            std::string seen;
            std::string own;
            world.host("b.test").latency(1ms).run([&]() -> Task<> {
                auto refused = co_await attempt(net::connect("localhost", 7));
                seen = message(refused.failure());
                net::Stream stream = co_await net::connect("a.test", 7);
                seen += co_await ask(stream, " hello");
            });
            a.run([&]() -> Task<> {
                net::Stream stream = co_await net::connect("localhost", 7);
                own = co_await ask(stream, "its own");
            });
            net::Stream stream = co_await net::connect(a.ipv6(7));
            CHECK(stream.peer_address() == a.ipv6(7));
            co_await sleep(1s);
            CHECK(seen.starts_with("connect to localhost:7"));
            CHECK(seen.ends_with(" hello"));
            CHECK(own == "its own");
        };
        sim::run(body);
        sim::run(body, sim::every_edge({.seed = 1})); // where operations are taken up late
    }

    TEST_CASE("names: none, failing, slow, hanging, several, aliases") {
        sim::run([](sim::World& world) -> Task<> {
            auto none = co_await attempt(net::connect("none.test", 7));
            CHECK(message(none.failure()) == "look up none.test failed: no such host");
            sim::Host& host = world.host("a.test").accept(7, echo).alias("www.a.test").fail_lookups(1);
            auto failing = co_await attempt(net::connect("a.test", 7));
            CHECK(message(failing.failure()) == "look up a.test failed: no name server answers");
            host.lookup_time(2s);
            TimePoint before = world.kernel().now();
            co_await net::connect("www.a.test", 7);
            CHECK(world.kernel().now() - before == 2s);
            host.lookup_time(0s).addresses({*net::Address::parse("192.0.2.1", 0), host.ipv6()});
            auto all = co_await net::default_resolver().resolve("a.test", 7);
            REQUIRE(all.size() == 2);
            CHECK(all[0].to_string() == "192.0.2.1:7");
            net::Stream stream = co_await net::connect("a.test", 7);
            CHECK(stream.peer_address() == all[0]);
            host.lookup_hangs();
            auto hanging = co_await attempt(timeout(5s, net::connect("a.test", 7)));
            CHECK(message(hanging.failure()).find("look up a.test") != std::string::npos);
        });
    }

    TEST_CASE("bandwidth is shared, loss delays, and bytes may come one at a time") {
        sim::run([](sim::World& world) -> Task<> {
            world.host("a.test").bandwidth(1000).accept(7, echo);
            net::Stream stream = co_await net::connect("a.test", 7);
            TimePoint before = world.kernel().now();
            std::string answer = co_await ask(stream, std::string(999, 'x'));
            CHECK(answer.size() == 999);
            CHECK(world.kernel().now() - before == 2s); // a second in, a second out
        });
        sim::run([](sim::World& world) -> Task<> {
            world.host("a.test").byte_at_a_time().accept(
                7, [](net::Stream stream) -> Task<> { co_await stream.write_all(std::string_view("abc")); });
            net::Stream stream = co_await net::connect("a.test", 7);
            std::byte bytes[8];
            for (int i = 0; i < 3; ++i) {
                std::size_t count = co_await stream.read_some(bytes);
                CHECK(count == 1);
            }
        });
        sim::run(
            [](sim::World& world) -> Task<> {
                world.host("a.test").loss(0.5).accept(7, echo);
                net::Stream stream = co_await net::connect("a.test", 7);
                for (int i = 0; i < 10; ++i) {
                    std::string answer = co_await ask(stream, "hello");
                    CHECK(answer == "hello");
                }
                CHECK(world.elapsed() > 1s);
            },
            {.seed = 3});
    }

    TEST_CASE("links and faults that cannot be are refused with the reason") {
        auto program = [](sim::World& world) -> Task<> {
            sim::Host& host = world.host("a.test");
            CHECK_THROWS_WITH(host.latency(-1s), "a latency of -1 s is not between 0 and a year");
            CHECK_THROWS_WITH(host.latency(1s, Duration::max()),
                              "a latency of 9223372036.8 s is not between 0 and a year");
            CHECK_THROWS_WITH(host.jitter(-1ns), "a jitter of -1 ns is not between 0 and a year");
            CHECK_THROWS_WITH(host.lookup_time(-1ms), "a lookup time of -1 ms is not between 0 and a year");
            CHECK_THROWS_WITH(host.bandwidth(-2), "a bandwidth of -2.000000 bytes a second is less than none");
            sim::HostFaults faults;
            faults.reset = 1.5;
            CHECK_THROWS_WITH(host.faults(faults),
                              "a share of 1.500000 of connections that are reset is not between 0 and 1");
            co_return;
        };
        sim::run(program);
    }

    TEST_CASE("a connection breaks, or ends, when the host has sent so many bytes") {
        sim::run([](sim::World& world) -> Task<> {
            sim::Host& host = world.host("a.test").latency(1ms).reset_after(5).accept(7, echo);
            net::Stream stream = co_await net::connect("a.test", 7);
            std::string first = co_await ask(stream, "abcd");
            CHECK(first == "abcd");
            auto broken = co_await attempt(ask(stream, "e"));
            CHECK(message(broken.failure()).find("reset") != std::string::npos);
            host.reset_after(std::size_t(-1)).end_after(3);
            net::Stream ending = co_await net::connect("a.test", 7);
            co_await ending.write_all(std::string_view("abcdef\n"));
            std::string rest = co_await ending.read_all(100);
            CHECK(rest == "abc");
        });
    }

    TEST_CASE("all connections of a host break when told to, at both ends and at once, and no others do") {
        sim::run([](sim::World& world) -> Task<> {
            std::vector<std::string> ends;
            auto listening = [&](net::Stream stream) -> Task<> {
                auto outcome = co_await attempt(stream.read_line());
                ends.push_back(message(outcome.failure()));
            };
            sim::Host& host = world.host("a.test").latency(10ms).accept(7, listening);
            world.host("b.test").latency(10ms).accept(7, echo);
            net::Stream stream = co_await net::connect("a.test", 7);
            net::Stream other = co_await net::connect("b.test", 7);
            co_await stream.write_all(std::string_view("on its way\n"));
            TimePoint before = world.kernel().now();
            host.break_connections();
            auto broken = co_await attempt(stream.read_line());
            CHECK(message(broken.failure()).find("reset by peer") != std::string::npos);
            CHECK(world.kernel().now() == before);
            co_await sleep(1s);
            REQUIRE(ends.size() == 1);
            CHECK(ends[0].find("reset by peer") != std::string::npos);
            std::string answer = co_await ask(other, "hello");
            CHECK(answer == "hello");
            net::Stream again = co_await net::connect("a.test", 7); // the host itself is well
        });
    }

    TEST_CASE("a partition holds bytes up until it heals; a connection to a lost host times out as on Linux") {
        sim::run([](sim::World& world) -> Task<> {
            sim::Host& host = world.host("a.test").latency(5ms).accept(7, echo);
            net::Stream stream = co_await net::connect("a.test", 7);
            host.partition();
            world.reactor().call_later(60s, [&] { host.heal(); });
            TimePoint before = world.kernel().now();
            std::string answer = co_await ask(stream, "hello");
            CHECK(answer == "hello");
            CHECK(world.kernel().now() - before == 60s + 10ms);
            host.partition();
            before = world.kernel().now();
            auto lost = co_await attempt(net::connect("a.test", 7));
            CHECK(message(lost.failure()).find("Connection timed out") != std::string::npos);
            CHECK(world.kernel().now() - before >= 127s);
            co_await stream.write_all(std::string_view("x\n"));
            auto unanswered = co_await attempt(stream.read_line());
            CHECK(message(unanswered.failure()).find("Connection timed out") != std::string::npos);
        });
    }

    TEST_CASE("a peer that closes over a link is met by what was on its way") {
        sim::run([](sim::World& world) -> Task<> {
            world.host("a.test").latency(10ms).accept(
                7, [](net::Stream stream) -> Task<> { co_await stream.write_all(std::string_view("bye")); });
            net::Stream stream = co_await net::connect("a.test", 7);
            std::string rest = co_await stream.read_all(100);
            CHECK(rest == "bye");
            co_await stream.write_all(std::string_view("late"));
            co_await sleep(1s);
            auto broken = co_await attempt(stream.write_all(std::string_view("later")));
            CHECK(message(broken.failure()) != "no failure");
        });
    }

    TEST_CASE("a program on a host that fails fails the simulation") {
        auto body = [](sim::World& world) -> Task<> {
            world.host("a.test").run([]() -> Task<> {
                co_await sleep(1ms);
                throw Error("the disk is full");
            });
            co_await sleep(1s);
        };
        CHECK_THROWS_WITH_AS(sim::run(body), "the disk is full", Error);
    }
}
