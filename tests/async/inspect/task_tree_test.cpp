#include <corduroy/async/inspect/task_tree.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/join_set.hpp>
#include <corduroy/async/readiness.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/testing/run.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <coroutine>
#include <sys/socket.h>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

using State = TaskTree::Entry::State;

// Each at a line of its own, which the tree is to name.
Task<> nap(Duration duration) { co_await sleep(duration); }
constexpr unsigned nap_line = __LINE__ - 1;
Task<> nap_within(Duration duration) { co_await nap(duration); }
constexpr unsigned nap_within_line = __LINE__ - 1;

std::vector<unsigned> lines(const TaskTree::Entry& entry) {
    std::vector<unsigned> lines;
    for (const auto& site : entry.sites) lines.push_back(site.line());
    return lines;
}

// Each Task as "role state", or "role waits_for", children behind '>'.
std::string summary(const TaskTree& tree) {
    std::string text;
    for (const auto& entry : tree.entries()) {
        if (!text.empty()) text += "; ";
        text += std::string(entry.depth, '>') + std::string(entry.role) + " ";
        text += entry.state == State::running ? "runs" : entry.state == State::ready ? "ready" : entry.waits_for;
    }
    return text;
}

// Looks after a while.
Task<TaskTree> look(Duration after) {
    co_await sleep(after);
    co_return task_tree();
}

// What the tree is when `task` has run for 10 ms; afterwards it runs on.
template <class T>
TaskTree tree_of(Task<T> task) {
    return sim::run([&]() -> Task<TaskTree> {
        auto gathered = co_await gather(look(10ms), std::move(task));
        co_return std::get<0>(std::move(gathered));
    });
}

} // namespace

TEST_CASE("a task is shown with the lines its coroutines wait at, outermost first, and what the last one waits for") {
    TaskTree tree = tree_of(nap_within(1s));
    REQUIRE(tree.entries().size() == 3);
    const TaskTree::Entry& task = tree.entries()[2];
    CHECK(task.state == State::waiting);
    CHECK(task.role == "joined");
    CHECK(lines(task) == std::vector<unsigned>{nap_within_line, nap_line});
    CHECK(std::string(task.sites[0].file_name()).ends_with("task_tree_test.cpp"));
    CHECK(std::string(task.sites[0].function_name()).find("nap_within") != std::string::npos);
    CHECK(task.waits_for == "sleep until 990 ms from now");
}

TEST_CASE("children stand below the task that joins them, in the order in which they were started") {
    auto two = [](Duration base) -> Task<> { co_await gather(nap(base + 1s), nap(base + 2s)); };
    TaskTree tree = tree_of(two(10ms));
    CHECK(summary(tree) == "main join of 2 tasks; >joined runs; >joined join of 2 tasks; "
                           ">>joined sleep until 1 s from now; >>joined sleep until 2 s from now");
    std::vector<std::size_t> parents;
    for (const auto& entry : tree.entries()) parents.push_back(entry.parent);
    CHECK(parents == std::vector<std::size_t>{TaskTree::none, 0, 0, 2, 2});
}

TEST_CASE("the task that looks is running, and its last site is that of its last await") {
    TaskTree tree = tree_of(nap(1s));
    REQUIRE(tree.entries().size() == 3);
    const TaskTree::Entry& task = tree.entries()[1];
    CHECK(task.state == State::running);
    CHECK(task.waits_for.empty());
    REQUIRE(task.sites.size() == 1);
    CHECK(std::string(task.sites[0].function_name()).find("look") != std::string::npos);
}

TEST_CASE("the coroutines around the one that looks are shown with it, however the step began") {
    auto looks_at_once = []() -> Task<TaskTree> { co_return task_tree(); };
    auto middle = [&]() -> Task<TaskTree> { co_return co_await looks_at_once(); };
    run_test([&]() -> Task<> {
        TaskTree tree = co_await middle();
        REQUIRE(tree.entries().size() == 1);
        CHECK(tree.entries()[0].state == State::running);
        CHECK(tree.entries()[0].sites.size() == 2); // the innermost has not awaited anything
        co_await sleep(1ms);
        tree = co_await middle();
        REQUIRE(tree.entries().size() == 1);
        CHECK(tree.entries()[0].sites.size() == 2);
    });
}

TEST_CASE("a task that has not begun, one that gave way, and one whose wait is over are ready") {
    std::string text;
    auto look_now = [&]() -> Task<> {
        text = summary(task_tree());
        co_return;
    };
    auto gives_way = []() -> Task<> { co_await yield_now(); };
    run_test([&]() -> Task<> { co_await gather(gives_way(), look_now(), nap(1s)); });
    CHECK(text == "main join of 3 tasks; >joined ready; >joined runs; >joined ready");

    run_test([&]() -> Task<> { co_await gather(nap(1ms), look(1ms), nap(1ms)); });
    auto woken = [&]() -> Task<> {
        co_await sleep(1ms);
        text = summary(task_tree());
    };
    run_test([&]() -> Task<> { co_await gather(woken(), nap(1ms)); });
    CHECK(text == "main join of 2 tasks; >joined runs; >joined ready");
}

TEST_CASE("a task that goes to the back of the queue on its way is ready") {
    std::string text;
    auto spins = []() -> Task<> {
        auto nothing = []() -> Task<> { co_return; };
        co_await sleep(1ms);
        for (int i = 0; i < 1500; ++i) co_await nothing();
    };
    auto look_soon = [&]() -> Task<> {
        co_await sleep(1ms);
        text = summary(task_tree());
    };
    run_test([&]() -> Task<> { co_await gather(spins(), look_soon()); });
    CHECK(text == "main join of 2 tasks; >joined ready; >joined runs");
}

TEST_CASE("a task that is about to raise Cancelled for the second time is ready") {
    std::string text;
    auto stubborn = [&]() -> Task<> {
        for (int i = 0; i < 3; ++i) {
            try {
                co_await nap(1s);
            } catch (const Cancelled&) {
            }
        }
    };
    auto look_later = [&]() -> Task<> {
        co_await sleep(1ms);
        co_await yield_now();
        text = summary(task_tree());
    };
    run_test([&]() -> Task<> {
        auto bounded = attempt(timeout(1ms, stubborn()));
        co_await gather(look_later(), std::move(bounded));
    });
    CHECK(text == "main join of 2 tasks; >joined runs; >joined ready");
}

TEST_CASE("what runs in the background is a root of its own, and goes when it ends") {
    run_test([]() -> Task<> {
        auto deferred = ensure_deferred(nap(5ms));
        co_await sleep(1ms);
        CHECK(summary(task_tree()) == "main runs; background sleep until 4 ms from now");
        co_await std::move(deferred);
        CHECK(summary(task_tree()) == "main runs");
    });
}

TEST_CASE("body and children of a task group stand below the task that opened it") {
    run_test([]() -> Task<> {
        co_await with_task_group([](TaskGroup& group) -> Task<> {
            group.spawn(nap(20ms));
            co_await sleep(10ms);
            CHECK(summary(task_tree()) == "main join of 2 tasks; >body runs; >spawned sleep until 10 ms from now");
        });
    });
}

TEST_CASE("children that are not joined yet stand below the task that started them, whatever that awaits") {
    run_test([]() -> Task<> {
        Task<> child = nap(20ms);
        JoinSet set(JoinSet::Until::all_ended);
        set.start(child);
        co_await sleep(10ms);
        CHECK(summary(task_tree()) == "main runs; >joined sleep until 10 ms from now");
        co_await set.join();
    });
}

TEST_CASE("an operation of the kernel is named with its descriptor") {
    sim::run([](sim::World& world) -> Task<> {
        int pair[2];
        REQUIRE(world.kernel().socket_pair(AF_UNIX, SOCK_STREAM, pair) == 0);
        CancelScope scope;
        auto waits = [&]() -> Task<> { co_await readable(pair[0]); };
        Task<> waiting = waits();
        JoinSet set(JoinSet::Until::all_ended);
        set.start(waiting);
        co_await sleep(1ms);
        CHECK(summary(task_tree()) == "main runs; >joined poll on descriptor " + std::to_string(pair[0]));
        set.scope().cancel();
        co_await set.join();
        for (int fd : pair) world.kernel().close_now(fd);
    });
}

namespace {

// Awaiters that are not ours: woken by hand.
struct Foreign {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) noexcept { task = current_step.task; }
    void await_resume() const noexcept {}
    TaskPromiseBase* task = nullptr;
};
struct Worded : Foreign {
    std::string waits_for() const { return "the moon"; }
};

} // namespace

TEST_CASE("an awaiter says in waits_for what it waits for, and goes by its type otherwise") {
    run_test([]() -> Task<> {
        Foreign foreign;
        Worded worded;
        auto waits = [&]() -> Task<> { co_await foreign; };
        auto waits_in_words = [&]() -> Task<> { co_await worded; };
        auto look_and_wake = [&]() -> Task<> {
            co_await sleep(1ms);
            // This source may stand in a namespace of its own: see tests/house/together.py.
            std::string tree = summary(task_tree());
            CHECK(tree.starts_with("main join of 3 tasks; >joined "));
            CHECK(tree.ends_with("(anonymous namespace)::Foreign; >joined the moon; >joined runs"));
            detail::enqueue(*foreign.task);
            detail::enqueue(*worded.task);
        };
        co_await gather(waits(), waits_in_words(), look_and_wake());
    });
}

TEST_CASE("a shielded task and one in a scope of its own are shown like any other") {
    TaskTree tree = tree_of([]() -> Task<> { co_await shield(timeout(2s, nap(1s))); }());
    CHECK(summary(tree) == "main join of 2 tasks; >joined runs; >joined sleep until 990 ms from now");
}

TEST_CASE("the text names what is waited for, then the sites, and indents children") {
    TaskTree tree = tree_of(nap_within(1s));
    std::string text = tree.text();
    std::size_t at = text.find("    joined: sleep until 990 ms from now\n");
    REQUIRE(at != std::string::npos);
    CHECK(text.starts_with("main: join of 2 tasks\n    "));
    std::string rest = text.substr(at);
    CHECK(rest.find("task_tree_test.cpp:" + std::to_string(nap_within_line) + " ") != std::string::npos);
    CHECK(rest.find("task_tree_test.cpp:" + std::to_string(nap_within_line)) <
          rest.find("task_tree_test.cpp:" + std::to_string(nap_line)));
    CHECK(text.find("corduroy::detail") == std::string::npos);
    CHECK(text.find("ready to start") == std::string::npos);
}

TEST_CASE("a chain of 100,000 coroutines is shown as one task, and its text is bounded") {
    struct Chain {
        static Task<> link(int depth) {
            if (depth == 0) co_return co_await sleep(1s);
            co_await link(depth - 1);
        }
    };
    TaskTree tree = tree_of(Chain::link(100'000));
    REQUIRE(tree.entries().size() == 3);
    CHECK(tree.entries()[2].sites.size() == 100'001);
    CHECK(tree.text().size() < 50'000);
    CHECK(tree.text().find(" more ...") != std::string::npos);
}

TEST_CASE("a reactor on which nothing runs has an empty tree") {
    Reactor reactor(std::make_unique<sim::SimKernel>());
    CHECK(TaskTree(reactor).entries().empty());
    CHECK(TaskTree(reactor).text().empty());
}
