#include <corduroy/reactor/log.hpp>

#include <corduroy/reactor/reactor.hpp>
#include <corduroy/testing/sim_kernel.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;

TEST_SUITE("log") {
    TEST_CASE("without a hook nothing is told, and no text is made") {
        Reactor reactor(std::make_unique<sim::SimKernel>());
        bool made = false;
        auto text = [&] {
            made = true;
            return std::string("text");
        };
        reactor.log(LogLevel::warning, "test", text);
        CHECK(!made);
    }

    TEST_CASE("a hook is told what matters as much as it asked for, or more") {
        Reactor reactor(std::make_unique<sim::SimKernel>());
        std::vector<std::string> told;
        reactor.on_log(LogLevel::info, [&](const LogRecord& record) {
            told.push_back(std::string(log_level_name(record.level)) + " " + std::string(record.topic) + " " +
                           std::string(record.text));
        });
        reactor.log(LogLevel::debug, "test", [] { return "a"; });
        reactor.log(LogLevel::info, "test", [] { return "b"; });
        reactor.log(LogLevel::warning, "test", [] { return "c"; });
        reactor.on_log(LogLevel::debug, {});
        reactor.log(LogLevel::warning, "test", [] { return "d"; });
        CHECK(told == std::vector<std::string>{"info test b", "warning test c"});
    }

    TEST_CASE("what a hook itself makes the library tell is not told, and a hook may be replaced by itself") {
        Reactor reactor(std::make_unique<sim::SimKernel>());
        int first = 0;
        int second = 0;
        reactor.on_log(LogLevel::debug, [&](const LogRecord&) {
            ++first;
            reactor.log(LogLevel::warning, "test", [] { return "again"; });
            auto next = [&second](const LogRecord&) { ++second; };
            if (first == 2) reactor.on_log(LogLevel::debug, next);
        });
        for (int i = 0; i < 3; ++i) reactor.log(LogLevel::info, "test", [] { return "text"; });
        CHECK(first == 2);
        CHECK(second == 1);
    }

    TEST_CASE("a line that cannot be made is reported, and the hook stays") {
        Reactor reactor(std::make_unique<sim::SimKernel>());
        std::string reported;
        reactor.on_unhandled([&](const Failure& failure, std::string_view context) {
            reported += failure.message() + " in " + std::string(context);
        });
        int told = 0;
        reactor.on_log(LogLevel::debug, [&](const LogRecord&) { ++told; });
        reactor.log(LogLevel::info, "test", []() -> std::string { throw std::runtime_error("no memory"); });
        CHECK(reported == "no memory in making a line for the log");
        reactor.log(LogLevel::info, "test", [] { return "text"; });
        CHECK(told == 1);
    }

    TEST_CASE("what a hook throws is reported, and the hook stays") {
        Reactor reactor(std::make_unique<sim::SimKernel>());
        int reports = 0;
        reactor.on_unhandled([&](const Failure& failure, std::string_view context) {
            ++reports;
            CHECK(failure.message().find("full") != std::string::npos);
            CHECK(context == "the hook of on_log");
        });
        reactor.on_log(LogLevel::debug, [](const LogRecord&) { throw std::runtime_error("full"); });
        reactor.log(LogLevel::info, "test", [] { return "text"; });
        reactor.log(LogLevel::info, "test", [] { return "text"; });
        CHECK(reports == 2);
    }
}
