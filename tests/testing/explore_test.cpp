// Many seeds of one program: what is found, and that it is found again.

#include <corduroy/testing/explore.hpp>

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/threads/run_in_thread.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/net/listener.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// Some of everything: connections, timers, threads, files' worth of bytes.
Task<> busy(sim::World&) {
    net::Listener listener = co_await net::listen("127.0.0.1:0");
    auto serve = [&]() -> Task<> {
        net::Stream stream = co_await listener.accept();
        std::string text = co_await stream.read_all(1 << 20);
        co_await stream.write_all(text);
        co_await stream.shutdown();
    };
    auto ask = [&]() -> Task<> {
        net::Stream stream = co_await net::connect(listener.address());
        co_await stream.write_all(std::string(100'000, 'x'));
        co_await stream.shutdown();
        std::string text = co_await stream.read_all(1 << 20);
        if (text.size() != 100'000) throw Error("bytes were lost");
    };
    auto think = []() -> Task<> {
        auto work = [] { return 6 * 7; };
        co_await run_in_thread(work);
        co_await sleep(3ms);
    };
    co_await gather(serve(), ask(), think());
}

std::uint64_t hash_of(std::uint64_t seed) {
    sim::SimOptions options = sim::every_edge({.seed = seed, .thread_time = 5ms});
    return sim::run(
        [](sim::World& world) -> Task<std::uint64_t> {
            co_await busy(world);
            co_return world.log_hash();
        },
        options);
}

// Loses the update of another task where that one runs between its reading and its writing.
Task<> add_with_a_race(int& total) {
    int seen = total;
    co_await yield_now();
    total = seen + 1;
}

} // namespace

TEST_SUITE("explore") {
    TEST_CASE("the same seed gives the same log, bit for bit, and another seed another one") {
        CHECK(hash_of(1) == hash_of(1));
        CHECK(hash_of(1) != hash_of(2));
        auto text = [](std::uint64_t seed) {
            sim::SimOptions options = sim::every_edge({.seed = seed, .keep_log = true});
            return sim::run(
                [](sim::World& world) -> Task<std::string> {
                    co_await busy(world);
                    co_return world.kernel().log_text();
                },
                options);
        };
        std::string once = text(5);
        CHECK(once == text(5));
        CHECK(once.find("accept") != std::string::npos);
    }

    TEST_CASE("the log is the same in another process, wherever its memory lies") {
        // This program again, with the addresses that its own start brings.
        if (std::getenv("CORDUROY_TEST_PRINT_HASH") != nullptr) {
            std::printf("hash %llu\n", static_cast<unsigned long long>(hash_of(9)));
            return;
        }
        char program[4096] = {};
        REQUIRE(::readlink("/proc/self/exe", program, sizeof program - 1) > 0);
        std::string command = "CORDUROY_TEST_PRINT_HASH=1 '" + std::string(program) +
                              "' -tc='the log is the same in another process*' | sed -n 's/^hash //p'";
        std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(command.c_str(), "r"), &::pclose);
        unsigned long long theirs = 0;
        REQUIRE(std::fscanf(output.get(), "%llu", &theirs) == 1);
        CHECK(theirs == hash_of(9));
    }

    TEST_CASE("a program that is right passes with every seed and every edge") { sim::explore(200, busy); }

    TEST_CASE("a race that few orders show is found, and its seed shows it again, with the same log") {
        auto body = []() -> Task<> {
            int total = 0;
            auto slow = [&]() -> Task<> {
                co_await sleep(1ms);
                co_await add_with_a_race(total);
            };
            auto work = [&]() -> Task<> {
                auto nothing = [] { return 0; };
                co_await run_in_thread(nothing);
                co_await add_with_a_race(total);
            };
            co_await gather(slow(), work());
            if (total != 2) throw Error("an update was lost");
        };
        sim::SimOptions options = sim::every_edge({.thread_time = 1ms});
        options.turn_cost = 200us;
        auto finding = sim::find_failure(1000, body, options);
        REQUIRE(finding);
        CHECK(finding->failure.message() == "an update was lost");
        options.seed = finding->seed;
        auto again = sim::find_failure(1, body, options);
        REQUIRE(again);
        CHECK(again->seed == finding->seed);
        CHECK(again->log_hash == finding->log_hash);
    }

    TEST_CASE("explore throws what the first failing run threw") {
        int runs = 0;
        auto body = [&]() -> Task<> {
            if (++runs == 3) throw Error("the third");
            co_return;
        };
        CHECK_THROWS_WITH_AS(sim::explore(10, body), "the third", Error);
        CHECK(runs == 3);
    }

    TEST_CASE("what a program leaves behind fails its run, and is named") {
        auto descriptor = [](sim::World& world) -> Task<> {
            world.kernel().socket(AF_INET, SOCK_STREAM, 0);
            co_return;
        };
        CHECK_THROWS_WITH_AS(sim::run(descriptor), "the program left descriptors open: 1", Error);
        auto call = [](sim::World& world) -> Task<> {
            world.reactor().call_later(1s, [] {});
            co_return;
        };
        CHECK_THROWS_WITH_AS(sim::run(call), doctest::Contains("the program left calls scheduled: 1"), Error);
    }

    TEST_CASE("a timer that a program leaves set is a leak, whoever it belongs to") {
        TimerNode alarm([](TimerNode&) noexcept {});
        sim::Simulation simulation({});
        auto body = [](Reactor& reactor, TimerNode& timer) -> Task<> {
            reactor.set_timer(timer, reactor.now() + 1s);
            co_return;
        };
        corduroy::run(simulation.reactor(), body(simulation.reactor(), alarm));
        CHECK_THROWS_WITH_AS(simulation.check_leaks(), "the program left timers set: 1", Error);
        simulation.reactor().cancel_timer(alarm);
        CHECK_NOTHROW(simulation.check_leaks());
    }

    TEST_CASE("a deadlock shows the tasks that wait") {
        auto body = []() -> Task<> {
            net::Listener listener = co_await net::listen("127.0.0.1:0");
            co_await listener.accept();
        };
        CHECK_THROWS_WITH_AS(sim::run(body), doctest::Contains("main: accept on 127.0.0.1:"), Error);
    }
}
