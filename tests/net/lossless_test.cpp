// A read under a time-out as short as the gap between the bytes: which of the two wins is decided anew at every byte,
// and whatever was read is delivered.

#include <corduroy/net/stream.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>

#include "net/both_kernels.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;
using namespace std::chrono_literals;

namespace {

constexpr int total = 20'000;

enum class Way { read_some, receive, read_exactly };

struct Count {
    int bytes = 0;
    int wrong = 0;
    std::atomic<int> timeouts = 0; // which the thread that writes looks at

    void take(std::string_view text) {
        for (char c : text) wrong += c == static_cast<char>(bytes++ & 0x7f) ? 0 : 1;
    }
};

Task<bool> read_once(Stream& stream, Way way, Count& count) {
    if (way == Way::read_exactly) {
        std::string one = co_await stream.read_exactly(1);
        count.take(one);
        co_return true;
    }
    if (way == Way::receive) {
        ReceivedBytes received = co_await stream.receive();
        count.take(received.text());
        co_return !received.empty();
    }
    std::array<std::byte, 16> room;
    std::size_t size = co_await stream.read_some(room);
    count.take({reinterpret_cast<const char*>(room.data()), size});
    co_return size != 0;
}

Task<> read_all(Stream& stream, Way way, Duration bound, Count& count) {
    for (;;) {
        auto outcome = co_await attempt(timeout(bound, read_once(stream, way, count)));
        if (outcome && !outcome.value()) co_return;
        if (outcome) continue;
        if (outcome.failure().check<EndOfStream>()) co_return;
        REQUIRE(outcome.failure().check<TimeoutError>());
        ++count.timeouts;
    }
}

// Now a moment before the time-out, now a moment after it, now together with it.
Task<> write_slowly(Stream& stream, Duration gap) {
    constexpr Duration shifts[] = {0ns, 1ns, 0ns, -2ns, -1ns, 3ns, -1ns};
    for (int i = 0; i < total; ++i) {
        char byte = static_cast<char>(i & 0x7f);
        co_await stream.write_all(std::string_view(&byte, 1));
        co_await sleep(gap + shifts[i % 7]);
    }
    co_await stream.shutdown();
}

void check(const Count& count) {
    CHECK(count.bytes == total);
    CHECK(count.wrong == 0);
    CHECK(count.timeouts > 0);
}

Task<> measure(Way way, Duration gap) {
    auto [client, server] = stream_pair();
    Count count;
    auto reading = read_all(server, way, gap, count);
    auto writing = write_slowly(client, gap);
    co_await gather(std::move(reading), std::move(writing));
    check(count);
}

// Writes from outside the reactor, at any moment of its turns; now and then not before a read has timed out, which on a
// busy machine, where bytes are always there already, none would do otherwise.
void write_from_thread(int fd, Duration gap, const std::atomic<int>& timeouts) {
    ::prctl(PR_SET_TIMERSLACK, 1); // or each gap is 50 us longer, and several reads time out in it
    for (int i = 0; i < total; ++i) {
        if (int before = timeouts; i % 1000 == 999)
            while (timeouts == before) std::this_thread::sleep_for(gap);
        char byte = static_cast<char>(i & 0x7f);
        if (::write(fd, &byte, 1) != 1) break;
        std::this_thread::sleep_for(gap);
    }
    ::close(fd);
}

Task<> measure_from_thread(Way way, Duration gap) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    Stream stream(adopt_socket(ends[0]));
    Count count;
    std::thread writer(write_from_thread, ends[1], gap, std::cref(count.timeouts));
    co_await read_all(stream, way, gap, count);
    writer.join();
    check(count);
}

} // namespace

TEST_SUITE("lossless") {
    TEST_CASE("a stream read under a time-out as short as the gap between its bytes loses none, in virtual time") {
        for (Way way : {Way::read_some, Way::receive, Way::read_exactly}) {
            for (std::uint64_t seed = 0; seed < 3; ++seed) {
                CAPTURE(static_cast<int>(way));
                CAPTURE(seed);
                sim::SimOptions options;
                options.seed = seed;
                options.shuffle_completions = seed > 0;
                // Completions that are handed out one by one, in turns that take time, are overtaken by deadlines.
                options.completions_per_enter = 1;
                options.turn_cost = 100us;
                auto body = [&]() -> Task<> { return measure(way, 1ms); };
                sim::run(body, options);
            }
        }
    }

    TEST_CASE("a stream read under a time-out as short as the gap between its bytes loses none, on the ring") {
        for (Way way : {Way::read_some, Way::receive, Way::read_exactly}) {
            CAPTURE(static_cast<int>(way));
            run_on_ring([&] { return measure_from_thread(way, 10us); });
        }
    }
}
