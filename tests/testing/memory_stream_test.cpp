#include <corduroy/testing/memory_stream.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/testing/run.hpp>

#include <chrono>
#include <doctest/doctest.h>
#include <memory>
#include <string>

namespace corduroy::testing {

namespace {

using namespace std::chrono_literals;

using Pair = std::pair<net::Stream, net::Stream>;

Pair in_memory() { return memory_stream_pair(); }

// Runs the body on streams in memory and on sockets: what both do is the same.
template <class Body>
void on_both_pairs(Body body) {
    SUBCASE("in memory") {
        sim::run([&] { return body(in_memory); });
    }
    SUBCASE("on sockets") {
        sim::run([&] { return body(net::stream_pair); });
    }
}

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

Task<std::string> read_piece(net::Stream& stream) {
    net::ReceivedBytes received = co_await stream.receive();
    co_return std::string(received.text());
}

TEST_SUITE("memory streams") {
    TEST_CASE("what one end writes the other reads, in both directions, to the end of each") {
        on_both_pairs([](auto make) -> Task<> {
            auto [one, other] = make();
            co_await one.write_all("ask\n");
            one.write_soon("more");
            co_await one.shutdown();
            auto line = co_await other.read_line();
            CHECK(line == "ask");
            std::string rest = co_await other.read_all(100);
            CHECK(rest == "more");
            co_await other.write_all("answer");
            co_await other.shutdown();
            std::string answer = co_await one.read_all(100);
            CHECK(answer == "answer");
        });
    }

    TEST_CASE("who writes more than the other reads waits, and nothing is lost") {
        on_both_pairs([](auto make) -> Task<> {
            auto [one, other] = make();
            std::string large(1'000'000, 'x');
            auto blocked = co_await attempt(timeout(1s, one.write_all(large)));
            CHECK(blocked.failure().template check<TimeoutError>());
            // It was given up in the middle of its bytes: nothing may come behind them.
            auto later = co_await attempt(one.write_all("y"));
            CHECK(later.failure().message().find("was given up") != std::string::npos);

            auto [from, to] = make();
            auto write = [&]() -> Task<> {
                co_await from.write_all(large);
                co_await from.shutdown();
            };
            auto writing = write();
            auto reading = to.read_all(2'000'000);
            auto both = co_await gather(std::move(reading), std::move(writing));
            CHECK(std::get<0>(both) == large);
        });
    }

    TEST_CASE(
        "what is queued while somebody writes comes behind all of that, and is dropped with one that is given up") {
        on_both_pairs([](auto make) -> Task<> {
            std::string large(300'000, 'x');
            auto queue = [](net::Stream& stream) -> Task<> {
                co_await yield_now();
                stream.write_soon("be");
                stream.write_soon("hind");
            };
            auto [one, other] = make();
            auto reading = other.read_exactly(large.size() + 6);
            auto got = co_await gather(one.write_all(large), queue(one), std::move(reading));
            CHECK((std::get<2>(got) == large + "behind"));

            auto [here, there] = make();
            auto writing = attempt(timeout(1s, here.write_all(large)));
            auto ended = co_await gather(std::move(writing), queue(here));
            CHECK(std::get<0>(ended).failure().template check<TimeoutError>());
            std::string torn;
            for (;;) {
                auto piece = co_await attempt(timeout(1s, read_piece(there)));
                if (!piece) break;
                torn += piece.value();
            }
            CHECK(!torn.empty());
            CHECK(torn.find_first_not_of('x') == std::string::npos);
        });
    }

    TEST_CASE("flush waits for what was queued") {
        on_both_pairs([](auto make) -> Task<> {
            auto [one, other] = make();
            one.write_soon(std::string(300'000, 'x'));
            auto waited = co_await attempt(timeout(1s, one.flush()));
            CHECK(waited.failure().template check<TimeoutError>());
            auto flushing = one.flush();
            auto reading = other.read_exactly(300'000);
            auto both = co_await gather(std::move(reading), std::move(flushing));
            CHECK(std::get<0>(both).size() == 300'000);
        });
    }

    TEST_CASE("a cancelled read loses no byte") {
        on_both_pairs([](auto make) -> Task<> {
            auto [one, other] = make();
            for (int i = 0; i < 3; ++i) {
                auto late = co_await attempt(timeout(1ms, other.receive()));
                CHECK(late.failure().template check<TimeoutError>());
            }
            co_await one.write_all("here");
            std::string piece = co_await read_piece(other);
            CHECK(piece == "here");
        });
    }

    TEST_CASE("the other end's destruction is the end, a reset where it left bytes unread, and EPIPE to who writes") {
        on_both_pairs([](auto make) -> Task<> {
            auto [one, other] = make();
            auto gone = std::make_unique<net::Stream>(std::move(other));
            co_await gone->write_all("last words");
            gone.reset();
            std::string all = co_await one.read_all(100);
            CHECK(all == "last words");
            auto written = co_await attempt(one.write_all("anybody?"));
            CHECK(written.failure().message().find("Broken pipe") != std::string::npos);

            auto [left, right] = make();
            auto careless = std::make_unique<net::Stream>(std::move(right));
            co_await left.write_all("unread");
            careless.reset();
            auto read = co_await attempt(left.receive());
            CHECK(read.failure().message().find("Connection reset by peer") != std::string::npos);
        });
    }

    TEST_CASE("abort ends who reads and writes at the moment") {
        on_both_pairs([](auto make) -> Task<> {
            auto [one, other] = make();
            auto abort_later = [&]() -> Task<> {
                co_await sleep(1ms);
                one.abort();
            };
            std::string large(1'000'000, 'x');
            auto aborting = abort_later();
            auto reading = attempt(one.receive());
            auto writing = attempt(one.write_all(large));
            auto ended = co_await gather(std::move(aborting), std::move(reading), std::move(writing));
            CHECK(std::get<1>(ended).failure().message().find("Software caused connection abort") != std::string::npos);
            CHECK(std::get<2>(ended).failure().message().find("Software caused connection abort") != std::string::npos);
        });
    }

    TEST_CASE("an idle stream is still open; one with the end or with bytes nobody asked for is not") {
        on_both_pairs([](auto make) -> Task<> {
            auto [one, other] = make();
            bool open = co_await one.bytes().still_open();
            CHECK(open);
            co_await other.write_all("x");
            open = co_await one.bytes().still_open();
            CHECK_FALSE(open);
            auto [left, right] = make();
            co_await right.shutdown();
            open = co_await left.bytes().still_open();
            CHECK_FALSE(open);
        });
    }

    TEST_CASE("a second reader is told where the first one is") {
        on_both_pairs([](auto make) -> Task<> {
            auto [one, other] = make();
            auto first = attempt(timeout(1ms, one.receive()));
            auto second = attempt(one.receive());
            auto both = co_await gather(std::move(first), std::move(second));
            CHECK(both[1].failure().message().find("a second read from") != std::string::npos);
        });
    }

    TEST_CASE("a flow gives a byte at a time, ends, fails or falls silent at the place it was told") {
        sim::run([]() -> Task<> {
            MemoryConnection byte_at_a_time;
            byte_at_a_time.to_second.piece = 1;
            auto [one, other] = memory_stream_pair(byte_at_a_time);
            co_await one.write_all("ab");
            std::string first = co_await read_piece(other);
            std::string second = co_await read_piece(other);
            CHECK(first == "a");
            CHECK(second == "b");

            for (std::size_t place : {0, 3, 6}) {
                CAPTURE(place);
                std::string text = "sixtyx";
                MemoryConnection ends, fails, stalls;
                ends.to_second.end_after = place;
                auto [e1, e2] = memory_stream_pair(ends);
                co_await e1.write_all(text);
                std::string whole = co_await e2.read_all(100);
                CHECK(whole == text.substr(0, place));

                fails.to_second.fail_after = place;
                auto [f1, f2] = memory_stream_pair(fails);
                co_await f1.write_all(text);
                if (place > 0) co_await f2.read_exactly(place);
                auto failed = co_await attempt(f2.receive());
                CHECK(failed.failure().message() == "read from 127.0.0.1:49152 failed: Connection reset by peer");

                stalls.to_second.stall_after = place;
                auto [s1, s2] = memory_stream_pair(stalls);
                co_await s1.write_all(text);
                co_await s1.shutdown();
                if (place > 0) co_await s2.read_exactly(place);
                auto silent = co_await attempt(timeout(1h, s2.receive()));
                CHECK(silent.failure().check<TimeoutError>());
            }
        });
    }

    TEST_CASE("the capacity holds to the byte") {
        sim::run([]() -> Task<> {
            for (std::size_t size : {9, 10, 11}) {
                CAPTURE(size);
                MemoryConnection small;
                small.to_second.capacity = 10;
                auto [one, other] = memory_stream_pair(small);
                std::string text(size, 'x');
                auto written = co_await attempt(timeout(1s, one.bytes().write_all(bytes_of(text))));
                CHECK(written.has_value() == (size <= 10));
            }
        });
    }
}

} // namespace

} // namespace corduroy::testing
