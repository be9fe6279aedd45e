// The code of docs/cancellation.md, compiled and run.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/checkpoint.hpp>
#include <corduroy/async/exit_stack.hpp>
#include <corduroy/async/move_on.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/task_local.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/async/with.hpp>
#include <corduroy/async/within.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> notes;

Task<std::string> fetch(std::string name, Duration takes) {
    co_await sleep(takes);
    notes.push_back("fetched " + name);
    co_return name;
}

Task<std::string> headline(Duration takes) {
    std::optional<std::string> fresh = co_await move_on_after(2s, fetch("the news", takes));
    co_return fresh.value_or("nothing new");
}

Task<> fetch_both() {
    co_await timeout(5s, [&]() -> Task<> {
        std::string index = co_await fetch("the index", 3s);
        co_await fetch("the page", 3s);
    });
}

// Gives a line now and then, nothing at the end.
struct Lines {
    std::vector<Duration> pauses;
    Task<std::optional<std::string>> next() {
        if (pauses.empty()) co_return std::nullopt;
        co_await sleep(pauses.front());
        pauses.erase(pauses.begin());
        co_return "line";
    }
};

// Each line has five seconds to come.
Task<int> count_lines(Lines& lines) {
    int count = 0;
    auto read = [&](CancelScope& scope) -> Task<> {
        for (;;) {
            std::optional<std::string> line = co_await lines.next();
            if (!line) co_return;
            ++count;
            scope.set_deadline(Reactor::current().now() + 5s);
        }
    };
    co_await move_on_after(5s, read);
    co_return count;
}

Task<> stream(std::string song) {
    co_await sleep(3min);
    notes.push_back("played " + song);
}

class Player {
public:
    // True where the song was played to its end.
    Task<bool> play(std::string song) { co_return co_await within(playing_, stream(song)); }

    void stop() { playing_.cancel("the stop button was pressed"); }

private:
    CancelScope playing_;
};

struct Connection {
    std::string name;

    Task<> send(std::string text) {
        co_await sleep(1s);
        notes.push_back(name + " sends " + text);
    }
    Task<> close() {
        co_await sleep(100ms);
        notes.push_back(name + " closed");
    }
};

Task<Connection> connect(std::string name) {
    co_await sleep(1s);
    co_return Connection{name};
}

Task<> greet() {
    auto hello = [](Connection& connection) -> Task<> { co_await connection.send("hello"); };
    co_await with(connect("shop"), hello);
}

Task<> copy_between(std::string from, std::string to) {
    auto copy = [&](ExitStack& exits) -> Task<> {
        Connection& source = exits.enter(co_await connect(from));
        Connection& target = exits.enter(co_await connect(to));
        exits.on_exit([] { notes.push_back("tell the others"); });
        co_await source.send("give me all");
        co_await target.send("take it");
    };
    co_await with_exit_stack(copy);
}

Task<> serve(TaskStatus<int>& status, int wanted) {
    co_await sleep(10ms);   // binds and listens
    status.started(wanted); // from here on it can be connected to
    co_await sleep(1h);     // serves
}

Task<> serve_and_ask() {
    auto body = [](TaskGroup& group) -> Task<> {
        int port = co_await group.start(serve, 8080);
        co_await fetch("port " + std::to_string(port), 1s);
        group.cancel();
    };
    co_await with_task_group(body);
}

Task<> fetch_all(std::vector<std::string> names) {
    auto body = [&](TaskGroup& group) -> Task<> {
        group.limit(10);    // of a million names, ten are being fetched and the others are records
        group.keep_going(); // one that fails stops nobody
        for (const std::string& name : names) group.spawn(fetch, name, 1s);
        co_return;
    };
    co_await with_task_group(body);
}

Task<long> add_up(std::vector<long> numbers) {
    long sum = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        sum += numbers[i];
        if (i % 100'000 == 99'999) co_await checkpoint();
    }
    co_return sum;
}

TaskLocal<std::string> request_id("-");

Task<> log(std::string text) {
    co_await sleep(1ms);
    notes.push_back("[" + request_id.get() + "] " + text);
}

Task<> handle(std::string id) {
    auto answer = []() -> Task<> {
        co_await log("asked");
        co_await log("answered");
    };
    co_await request_id.with(id, answer);
}

} // namespace

TEST_SUITE("docs") {
    TEST_CASE("what cancellation.md says about moving on and failing holds") {
        notes.clear();
        auto body = []() -> Task<> {
            CHECK(co_await headline(1s) == "the news");
            CHECK(co_await headline(1h) == "nothing new");
            auto outcome = co_await attempt(fetch_both());
            CHECK(outcome.failure().message() == "the operation timed out after 5 s");
        };
        sim::run(body);
        CHECK(notes == std::vector<std::string>{"fetched the news", "fetched the index"});
    }

    TEST_CASE("what cancellation.md says about deadlines that move holds") {
        auto body = [](sim::World& world) -> Task<> {
            Lines lines{{4s, 4s, 4s, 6s, 1s}};
            CHECK(co_await count_lines(lines) == 3);
            CHECK(world.elapsed() == 17s);
        };
        sim::run(body);
    }

    TEST_CASE("what cancellation.md says about scopes of one's own holds") {
        notes.clear();
        auto body = [](sim::World& world) -> Task<> {
            Player player;
            CHECK(co_await player.play("Anthem"));
            DelayedCall press = world.reactor().call_later(1s, [&] { player.stop(); });
            CHECK_FALSE(co_await player.play("Hymn"));
        };
        sim::run(body);
        CHECK(notes == std::vector<std::string>{"played Anthem"});
    }

    TEST_CASE("what cancellation.md says about clean-up holds") {
        notes.clear();
        auto body = []() -> Task<> {
            co_await greet();
            CHECK_FALSE(co_await move_on_after(3500ms, copy_between("a", "b")));
        };
        sim::run(body);
        CHECK(notes == std::vector<std::string>{"shop sends hello", "shop closed", "a sends give me all",
                                                "tell the others", "b closed", "a closed"});
    }

    TEST_CASE("what cancellation.md says about task groups holds") {
        notes.clear();
        auto body = [](sim::World& world) -> Task<> {
            co_await serve_and_ask();
            CHECK(notes == std::vector<std::string>{"fetched port 8080"});
            std::vector<std::string> names(25, "page");
            co_await fetch_all(names);
            CHECK(notes.size() == 26);
            CHECK(world.elapsed() == 4s + 10ms);
        };
        sim::run(body);
    }

    TEST_CASE("what cancellation.md says about long computations holds") {
        auto body = []() -> Task<> {
            CHECK(co_await add_up(std::vector<long>(1'000'000, 2)) == 2'000'000);
            auto cancelled = [](CancelScope& scope) -> Task<long> {
                scope.cancel();
                co_return co_await add_up(std::vector<long>(1'000'000, 2));
            };
            CHECK_FALSE(co_await with_cancel_scope(cancelled));
        };
        sim::run(body);
    }

    TEST_CASE("what cancellation.md says about task-local values holds") {
        notes.clear();
        auto body = []() -> Task<> {
            auto group_body = [](TaskGroup& group) -> Task<> {
                group.spawn(handle, std::string("17"));
                group.spawn(handle, std::string("18"));
                co_return;
            };
            co_await with_task_group(group_body);
            co_await log("end");
        };
        sim::run(body);
        CHECK(notes ==
              std::vector<std::string>{"[17] asked", "[18] asked", "[17] answered", "[18] answered", "[-] end"});
    }
}
