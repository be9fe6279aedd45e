#include <corduroy/async/inspect/print_tasks_on_signal.hpp>

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/base/error.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <unistd.h>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// What the process writes to stderr while this lives.
class CapturedStderr {
public:
    CapturedStderr() : file_(std::tmpfile()), previous_(::dup(STDERR_FILENO)) {
        ::dup2(::fileno(file_), STDERR_FILENO);
    }
    CapturedStderr(const CapturedStderr&) = delete;
    CapturedStderr& operator=(const CapturedStderr&) = delete;
    ~CapturedStderr() {
        ::dup2(previous_, STDERR_FILENO);
        ::close(previous_);
        std::fclose(file_);
    }
    std::string text() const {
        std::string text(65536, '\0');
        text.resize(static_cast<std::size_t>(::pread(::fileno(file_), text.data(), text.size(), 0)));
        return text;
    }

private:
    std::FILE* file_;
    int previous_;
};

Task<> interrupted() {
    co_await sleep(1ms);
    std::raise(SIGUSR1);
    co_await sleep(1ms);
}
constexpr unsigned interrupted_line = __LINE__ - 4;

Task<> interrupted_within() { co_await interrupted(); }
constexpr unsigned within_line = __LINE__ - 1;

} // namespace

TEST_CASE("the handler says which task is running and in which awaits, and the loop prints the tree after that") {
    std::string text;
    run_test([&]() -> Task<> {
        PrintTasksOnSignal print_tasks(SIGUSR1);
        CapturedStderr captured;
        co_await gather(interrupted_within(), []() -> Task<> { co_await sleep(1s); }());
        text = captured.text();
    });
    std::size_t step = text.find(" and now runs joined, last awaited at\n");
    // By their lines: GCC 12 does not know their names.
    std::size_t outer = text.find("print_tasks_on_signal_test.cpp:" + std::to_string(within_line));
    std::size_t inner = text.find("print_tasks_on_signal_test.cpp:" + std::to_string(interrupted_line));
    std::size_t tree = text.find("corduroy: in thread " + std::to_string(::gettid()) + " there are 3 tasks, ");
    INFO(text);
    REQUIRE(tree != std::string::npos);
    CHECK(step < outer);
    CHECK(outer < inner);
    CHECK(inner < tree);
    CHECK(text.starts_with("corduroy: signal 10 in thread " + std::to_string(::gettid()) + ", which began this turn"));
}

TEST_CASE("a callback that no task runs is shown as none") {
    std::string text;
    run_test([&]() -> Task<> {
        PrintTasksOnSignal print_tasks(SIGUSR1);
        CapturedStderr captured;
        auto call = Reactor::current().call_later(1ms, [] { std::raise(SIGUSR1); });
        co_await sleep(2ms);
        text = captured.text();
    });
    CHECK(text.find(" and now runs no task\n") != std::string::npos);
}

TEST_CASE("a thread on which no reactor runs says nothing") {
    PrintTasksOnSignal print_tasks(SIGUSR1);
    CapturedStderr captured;
    std::raise(SIGUSR1);
    CHECK(captured.text().empty());
}

TEST_CASE("nested printers give the signal back in turn") {
    auto handler = [] {
        struct sigaction action{};
        sigaction(SIGUSR1, nullptr, &action);
        return action.sa_handler;
    };
    REQUIRE(bool(handler() == SIG_DFL));
    {
        PrintTasksOnSignal outer(SIGUSR1);
        auto installed = handler();
        CHECK(bool(installed != SIG_DFL));
        {
            PrintTasksOnSignal inner(SIGUSR1);
        }
        CHECK(bool(handler() == installed));
    }
    CHECK(bool(handler() == SIG_DFL));
}

TEST_CASE("a signal that cannot be caught is refused with its number") {
    CHECK_THROWS_WITH_AS(PrintTasksOnSignal(SIGKILL), "sigaction of 9 failed: Invalid argument", IoError);
}
