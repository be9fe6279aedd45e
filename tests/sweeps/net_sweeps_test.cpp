// Scenarios of streams and names, disturbed at every point there is.

#include <corduroy/corduroy.hpp>
#include <corduroy/net.hpp>

#include "sweeps/judge.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace corduroy;
using namespace std::chrono_literals;
using sweep::Trial;

TEST_CASE("bytes through a pair of streams come whole, or the stream says why not") {
    sweep_all([](Trial& trial) -> Task<> {
        auto work = [&]() -> Task<> {
            auto ends = net::stream_pair();
            std::string received;
            auto write = [&]() -> Task<> {
                co_await ends.first.write_all(std::string_view("one line\nand another\n"));
                co_await ends.first.shutdown();
            };
            auto read = [&]() -> Task<> {
                for (;;) {
                    auto line = co_await ends.second.read_line();
                    if (!line) break;
                    received += *line + "|";
                }
            };
            co_await gather(write(), read());
            trial.expect(received == "one line|and another|", "the lines are those that were written");
        };
        co_await trial.disturb(work);
    });
}

TEST_CASE("connecting and accepting leave no descriptor behind, and the port is free afterwards") {
    sweep_all([](Trial& trial) -> Task<> {
        auto work = [&]() -> Task<> {
            auto listener = co_await net::listen("127.0.0.1:7000");
            auto serve = [&]() -> Task<> {
                auto stream = co_await listener.accept();
                std::string word = co_await stream.read_exactly(4);
                co_await stream.write_all(word);
            };
            auto ask = [&]() -> Task<> {
                auto stream = co_await net::connect("127.0.0.1:7000");
                stream.write_soon("ping");
                std::string word = co_await stream.read_exactly(4);
                trial.expect(word == "ping", "the echo is what was sent");
            };
            co_await gather(serve(), ask());
        };
        co_await trial.disturb(work);
        auto again = co_await net::listen("127.0.0.1:7000");
    });
}

TEST_CASE("a name is looked up, and what it stands for is connected to, the second address where the first refuses") {
    sweep_all([](Trial& trial) -> Task<> {
        sim::Host& broken = trial.world().host("broken.test");
        broken.refuse();
        sim::Host& shop = trial.world().host("shop.test");
        shop.lookup_time(5ms).addresses({broken.ipv4(), shop.ipv4()});
        auto echo = [](net::Stream stream) -> Task<> {
            auto line = co_await stream.read_line();
            if (line) co_await stream.write_all(std::string_view("hello\n"));
        };
        shop.accept(7, echo);
        auto work = [&]() -> Task<> {
            auto stream = co_await net::connect("shop.test:7");
            co_await stream.write_all(std::string_view("hello\n"));
            auto line = co_await stream.read_line();
            trial.expect(line == "hello", "the echo is what was sent");
        };
        co_await trial.disturb(work);
        auto again = co_await net::connect("shop.test:7");
    });
}

TEST_CASE("a name that does not exist is an error, and no more") {
    sweep_all([](Trial& trial) -> Task<> {
        bool told = false;
        auto work = [&]() -> Task<> {
            try {
                auto stream = co_await net::connect("nobody.test:7");
            } catch (const ResolveError&) {
                told = true;
            }
        };
        co_await trial.disturb(work);
        trial.expect(told || !trial.completed(), "it is told");
    });
}
