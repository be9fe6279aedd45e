#include <corduroy/async/task_local.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/async/within.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

TaskLocal<std::string> user("nobody");
TaskLocal<int> number;

Task<std::string> who(Duration after = 0s) {
    co_await sleep(after);
    co_return user.get() + " " + std::to_string(number.get());
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a task-local value is found by all that its Task awaits, and by nobody outside") {
        auto nested = []() -> Task<std::string> { co_return co_await who(1s); };
        auto body = [&]() -> Task<> {
            CHECK(co_await who() == "nobody 0");
            CHECK(co_await user.with("Ada", nested) == "Ada 0");
            CHECK(co_await user.with("Ada", timeout(5s, shield(who(1s)))) == "Ada 0");
            CHECK(co_await who() == "nobody 0");
            auto both = co_await gather(user.with("Ada", who(2s)), user.with("Grace", who(1s)));
            CHECK(both == std::array<std::string, 2>{"Ada 0", "Grace 0"});
        };
        run_test(body);
        CHECK(user.get() == "nobody");
    }

    TEST_CASE("of several bindings of a task-local the innermost holds, as long as it lasts") {
        auto outer = []() -> Task<> {
            CHECK(co_await number.with(1, who()) == "Ada 1");
            CHECK(co_await number.with(2, user.with("Grace", who())) == "Grace 2");
            CHECK(co_await who() == "Ada 0");
        };
        auto body = [&]() -> Task<> { co_await user.with("Ada", outer); };
        run_test(body);
    }

    TEST_CASE("a child inherits the task-locals of whoever spawned it, and keeps them when that one has gone on") {
        std::vector<std::string> heard;
        auto listen = [&](Duration after) -> Task<> {
            std::string text = co_await who(after);
            heard.push_back(text);
        };
        auto ready = [&](TaskStatus<void>& status) -> Task<> {
            status.started();
            co_await listen(4s);
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.limit(3);
            auto spawn = [&]() -> Task<> {
                group.spawn(listen, 1s);
                group.spawn(listen(2s));
                co_await group.start(ready);
                group.spawn(listen, 6s); // waits for its turn
            };
            co_await user.with("Ada", spawn);
            co_await user.with("Grace", spawn());
            group.spawn(listen, 1s);
        };
        auto body = [&]() -> Task<> { co_await with_task_group(group_body); };
        run_test(body);
        CHECK(heard.size() == 9);
        std::size_t ada = 0, grace = 0;
        for (const std::string& text : heard) {
            ada += text == "Ada 0";
            grace += text == "Grace 0";
        }
        CHECK(ada == 4);
        CHECK(grace == 4);
    }

    TEST_CASE("a child spawned from outside does not find the task-locals its group was opened in") {
        TaskGroup* group = nullptr;
        std::string heard;
        auto listen = [&]() -> Task<> { heard = co_await who(); };
        auto open = [&]() -> Task<> {
            auto group_body = [&](TaskGroup& opened) -> Task<> {
                group = &opened;
                co_await sleep(1s);
            };
            co_await with_task_group(group_body);
        };
        auto spawn = [&]() -> Task<> {
            co_await yield_now();
            co_await yield_now();
            REQUIRE(group != nullptr);
            group->spawn(listen);
        };
        auto body = [&]() -> Task<> { co_await gather(user.with("Ada", open), number.with(5, spawn)); };
        run_test(body);
        CHECK(heard == "nobody 5");
    }

    TEST_CASE("what a child binds does not leak out, neither to its siblings nor to its group") {
        auto child = [](std::string name) -> Task<> {
            auto nap = []() -> Task<> {
                std::string before = user.get();
                co_await sleep(1s);
                CHECK(user.get() == before);
            };
            co_await user.with(name, nap);
            CHECK(user.get() == "Ada");
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            for (const char* name : {"Grace", "Barbara", "Frances"}) group.spawn(child, std::string(name));
            co_await sleep(500ms);
            CHECK(user.get() == "Ada");
        };
        auto body = [&]() -> Task<> { co_await user.with("Ada", with_task_group(group_body)); };
        run_test(body);
    }

    TEST_CASE("the Task behind a Deferred finds the task-locals of where it was started") {
        auto body = []() -> Task<> {
            std::optional<Deferred<std::string>> later;
            auto start = [&]() -> Task<> {
                later = ensure_deferred(who(1s));
                co_return;
            };
            co_await user.with("Ada", start);
            CHECK(co_await std::move(*later) == "Ada 0");
        };
        run_test(body);
    }

    TEST_CASE("a scope that is entered finds the task-locals of whoever entered it") {
        auto body = []() -> Task<> {
            CancelScope scope;
            auto enter = [&]() -> Task<std::string> {
                auto heard = co_await within(scope, who());
                co_return *heard;
            };
            CHECK(co_await user.with("Ada", enter) == "Ada 0");
            CHECK(co_await enter() == "nobody 0");
        };
        run_test(body);
    }

    TEST_CASE("a task-local value lives as long as anybody can find it, and no longer") {
        static TaskLocal<std::shared_ptr<int>> shared;
        auto value = std::make_shared<int>(1);
        auto group_body = [&](TaskGroup& group) -> Task<> {
            auto child = []() -> Task<> {
                co_await sleep(1s);
                CHECK(*shared.get() == 1);
            };
            auto spawn = [&]() -> Task<> {
                group.spawn(child);
                co_return;
            };
            co_await shared.with(value, spawn);
            CHECK(value.use_count() == 2);
        };
        auto body = [&]() -> Task<> { co_await with_task_group(group_body); };
        run_test(body);
        CHECK(value.use_count() == 1);
    }

    TEST_CASE("failures and cancellations pass through a binding") {
        auto fail = []() -> Task<int> {
            co_await sleep(1s);
            throw std::runtime_error("broken");
        };
        auto body = [&]() -> Task<> {
            auto failed = co_await attempt(user.with("Ada", fail));
            CHECK(failed.failure().message() == "broken");
            auto late = co_await attempt(timeout(1s, user.with("Ada", who(1h))));
            CHECK(late.failure().check<TimeoutError>());
        };
        run_test(body);
    }
}
