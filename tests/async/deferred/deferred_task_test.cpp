// Deferreds and Tasks together: awaiting one, making one of the other, cancellation between them.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/combine/race.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/react.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<int> answer_after(Duration time, int value) {
    co_await sleep(time);
    co_return value;
}

Task<int> fail_after(Duration time) {
    co_await sleep(time);
    throw std::runtime_error("sorry");
}

// Tells when it is cancelled, and when it has unwound, which takes a time.
Task<int> unwind_slowly(std::vector<std::string>& log, Duration time) {
    std::optional<Cancelled> kept;
    try {
        co_await sleep(1h);
    } catch (Cancelled& cancelled) {
        cancelled.during("the long sleep");
        kept = cancelled;
    }
    log.push_back("cancelled");
    co_await shield(answer_after(time, 0));
    log.push_back("unwound");
    throw *kept;
}

// Swallows its first cancellation and gives a value all the same.
Task<int> insist_on(int value) {
    try {
        co_await sleep(1h);
    } catch (const Cancelled&) {
    }
    co_return value;
}

Deferred<int> fired_after(Duration time, int value) {
    Deferred<int> result;
    Reactor::current().call_later(time, [source = result.source(), value] { source.callback(value); });
    return result;
}

// Has standard error go nowhere meanwhile.
class Silence {
public:
    Silence() : kept_(dup(STDERR_FILENO)) {
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(nowhere, STDERR_FILENO);
        close(nowhere);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
    ~Silence() {
        dup2(kept_, STDERR_FILENO);
        close(kept_);
    }

private:
    int kept_;
};

} // namespace

TEST_SUITE("async") {
    TEST_CASE("awaiting a Deferred gives its value when it is fired, or throws its failure") {
        auto body = [](Machine& machine) -> Task<> {
            int later = co_await fired_after(5ms, 3);
            CHECK(later == 3);
            CHECK(machine.elapsed() == 5ms);
            int now = co_await succeed(4);
            CHECK(now == 4);
            auto failed = co_await attempt(fail<int>(std::runtime_error("sorry")));
            CHECK(failed.failure().message() == "sorry");
            auto later_failed = co_await attempt(ensure_deferred(fail_after(1ms)));
            CHECK(later_failed.failure().message() == "sorry");
        };
        run_test(body);
    }

    TEST_CASE("a Deferred that is awaited by its name keeps the right to be fired") {
        auto body = []() -> Task<> {
            Deferred<std::unique_ptr<int>> letter;
            Reactor::current().call_later(1s, [&] { letter.callback(std::make_unique<int>(7)); });
            auto number = co_await letter;
            CHECK(*number == 7);
            auto again = co_await attempt(letter);
            CHECK_FALSE(again); // its value went to the first await
        };
        run_test(body);
    }

    TEST_CASE("a coroutine that waits for a Deferred goes on in a turn of its own") {
        auto body = []() -> Task<> {
            std::vector<std::string> log;
            Deferred<> bell;
            auto wait = [&]() -> Task<> {
                co_await bell;
                log.push_back("woken");
            };
            auto ring = [&]() -> Task<> {
                bell.callback();
                log.push_back("rung");
                co_return;
            };
            co_await gather(wait(), ring());
            CHECK(log == std::vector<std::string>{"rung", "woken"});
        };
        run_test(body);
    }

    TEST_CASE("a Deferred whose last source is gone throws at those who await it, instead of hanging") {
        auto body = []() -> Task<> {
            auto outcome = co_await attempt(Deferred<int>());
            CHECK(outcome.failure().check<AbandonedError>());
        };
        run_test(body);
    }

    TEST_CASE("ensure_deferred starts a Task in the ambient group, and a chain goes on from it") {
        auto body = [](Machine& machine) -> Task<> {
            std::string seen;
            Deferred<> done = ensure_deferred(answer_after(20ms, 4))
                                  .add_callback([&](int n) { seen = std::to_string(n); })
                                  .add_errback([&](Failure failure) { seen = failure.message(); });
            CHECK(seen.empty());
            co_await std::move(done);
            CHECK(seen == "4");
            CHECK(machine.elapsed() == 20ms);
        };
        run_test(body);
    }

    TEST_CASE("the group waits for the Task behind a Deferred that was dropped, and its failure is reported once") {
        auto body = [](Machine& machine) -> Task<> {
            std::vector<std::string> reported;
            machine.reactor().on_unhandled(
                [&](const Failure& failure, std::string_view) { reported.push_back(failure.message()); });
            auto opened = [](TaskGroup&) -> Task<> {
                ensure_deferred(fail_after(30ms));
                ensure_deferred(answer_after(40ms, 1));
                co_return;
            };
            co_await with_task_group(opened);
            CHECK(machine.elapsed() == 40ms); // the failure is the Deferred's and cancels nobody
            CHECK(reported == std::vector<std::string>{"sorry"});
        };
        run_test(body);
    }

    TEST_CASE("main's end waits for the Tasks behind its Deferreds, and cancels them where main failed") {
        int ended = 0;
        auto body = [&]() -> Task<> {
            ensure_deferred(answer_after(1s, 1)).add_callback([&](int) { ++ended; });
            co_return;
        };
        run_test(body);
        CHECK(ended == 1);
        auto failing = [&]() -> Task<> {
            ensure_deferred(answer_after(1s, 1)).add_both([&](Result<int>) { ++ended; });
            co_await sleep(1ms);
            throw std::runtime_error("main");
        };
        CHECK_THROWS_WITH(run_test(failing), "main");
        CHECK(ended == 1);
    }

    TEST_CASE("gather, settle, race and timeout take Deferreds as they take Tasks") {
        auto body = [](Machine& machine) -> Task<> {
            auto both = co_await gather(fired_after(10ms, 1), answer_after(20ms, 2));
            CHECK(both == std::array{1, 2});
            auto results = co_await settle(fired_after(10ms, 3), ensure_deferred(fail_after(5ms)));
            CHECK(results[0].value() == 3);
            CHECK(results[1].failure().message() == "sorry");
            auto won = co_await race(fired_after(10ms, 4), ensure_deferred(answer_after(1h, 5)));
            CHECK(won.value == 4);
            int timely = co_await timeout(1s, fired_after(10ms, 6));
            CHECK(timely == 6);
            std::vector<Deferred<int>> many;
            for (int i = 0; i < 3; ++i) many.push_back(fired_after(i * 10ms, i));
            auto all = co_await gather(std::move(many));
            CHECK(all == std::vector{0, 1, 2});
            CHECK(machine.elapsed() == 70ms);
        };
        run_test(body);
    }

    TEST_CASE("a cancelled await cancels the Task behind the Deferred and waits until it has unwound") {
        auto body = [](Machine& machine) -> Task<> {
            std::vector<std::string> log;
            std::string message;
            try {
                co_await timeout(100ms, ensure_deferred(unwind_slowly(log, 5ms)).add_callback([](int n) { return n; }));
            } catch (const TimeoutError& error) {
                message = error.what();
                log.push_back("timed out");
            }
            CHECK(log == std::vector<std::string>{"cancelled", "unwound", "timed out"});
            CHECK(message == "the long sleep timed out after 100 ms");
            CHECK(machine.elapsed() == 105ms);
        };
        run_test(body);
    }

    TEST_CASE("a cancelled await calls the canceller, and delivers what that fires the Deferred with") {
        auto body = []() -> Task<> {
            int calls = 0;
            Deferred<int> given_up([&] { ++calls; });
            bool timed_out = false;
            try {
                co_await timeout(1ms, given_up);
            } catch (const TimeoutError&) {
                timed_out = true;
            }
            CHECK(timed_out);
            CHECK(calls == 1);
            Deferred<int> saved([](DeferredSource<int>& self) { self.callback(-1); });
            int value = co_await timeout(1ms, saved);
            CHECK(value == -1);
            auto value_all_the_same = co_await timeout(1ms, ensure_deferred(insist_on(9)));
            CHECK(value_all_the_same == 9);
        };
        run_test(body);
    }

    TEST_CASE("what a chain comes to wait for after its await was cancelled is cancelled too") {
        auto body = [](Machine& machine) -> Task<> {
            auto chain = ensure_deferred(insist_on(1))
                             .add_callback([](int) { return answer_after(1h, 2); })
                             .add_errback([](Failure) { return answer_after(1h, 3); });
            auto outcome = co_await attempt(timeout(1s, std::move(chain)));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("an await that begins in a cancelled scope raises Cancelled, and cancels the Deferred first") {
        auto body = []() -> Task<> {
            std::vector<std::string> log;
            auto opened = [&](TaskGroup& group) -> Task<> {
                group.cancel();
                bool cancelled = false;
                Deferred<int> pending([&] { cancelled = true; });
                try {
                    co_await pending;
                } catch (const Cancelled&) {
                    log.push_back(cancelled ? "pending" : "?");
                }
                try {
                    co_await succeed(1);
                } catch (const Cancelled&) {
                    log.push_back("fired");
                }
            };
            co_await with_task_group(opened);
            CHECK(log == std::vector<std::string>{"pending", "fired"});
        };
        run_test(body);
    }

    TEST_CASE("a loop that swallows the cancellation of its awaits of Deferreds stops nobody else") {
        auto body = []() -> Task<> {
            int swallowed = 0;
            bool done = false;
            auto loop = [&]() -> Task<> {
                while (!done) {
                    try {
                        co_await succeed();
                    } catch (const Cancelled&) {
                        ++swallowed;
                    }
                }
            };
            auto stop = [&]() -> Task<> {
                co_await shield(answer_after(1ms, 0));
                done = true;
            };
            auto opened = [&](TaskGroup& group) -> Task<> {
                group.spawn(loop);
                group.spawn(stop);
                co_await yield_now();
                group.cancel();
            };
            co_await with_task_group(opened);
            CHECK(swallowed > 0);
        };
        run(body()); // a virtual clock would not move while something is ready
    }

    TEST_CASE("the cancellation of a scope around the Task is no value: neither callbacks nor errbacks run") {
        auto body = []() -> Task<> {
            int calls = 0;
            std::optional<Deferred<>> kept;
            auto opened = [&](TaskGroup& group) -> Task<> {
                kept = ensure_deferred(answer_after(1h, 1))
                           .add_callback([&](int) { ++calls; })
                           .add_errback([&](Failure) { ++calls; })
                           .add_both([&](Result<void>) { ++calls; });
                co_await sleep(1ms);
                group.cancel();
                bool raised = false;
                try {
                    co_await *kept;
                } catch (const Cancelled&) {
                    raised = true;
                }
                CHECK(raised);
            };
            co_await with_task_group(opened);
            CHECK(calls == 0);
        };
        run_test(body);
    }

    TEST_CASE("to errbacks and awaits outside the cancelled scope it is an ordinary failure") {
        auto body = []() -> Task<> {
            Deferred<int> first, second;
            auto opened = [&](TaskGroup& group) -> Task<> {
                first = ensure_deferred(answer_after(1h, 1));
                second = ensure_deferred(answer_after(1h, 1)).add_callback([](int n) { return n; });
                co_await yield_now();
                group.cancel();
            };
            co_await with_task_group(opened);
            bool seen = false;
            first.add_errback([&](Failure failure) {
                seen = failure.check<CancelledError>();
                return 0;
            });
            CHECK(seen);
            auto outcome = co_await attempt(second);
            CHECK(outcome.failure().check<CancelledError>());
        };
        run_test(body);
    }

    TEST_CASE("cancelling the Deferred of a Task cancels the Task, before it has begun and after") {
        auto body = []() -> Task<> {
            for (bool begun : {false, true}) {
                std::vector<std::string> log;
                Deferred<std::string> end = ensure_deferred(unwind_slowly(log, 1ms))
                                                .add_callback([](int) { return std::string("value"); })
                                                .add_errback([](Failure failure) { return failure.message(); });
                if (begun) co_await sleep(1ms);
                end.cancel();
                CHECK_FALSE(end.called()); // the Task is joined first
                auto message = co_await end;
                CHECK(message == "the long sleep was cancelled");
                CHECK(log == std::vector<std::string>{"cancelled", "unwound"});
            }
        };
        run_test(body);
    }

    TEST_CASE("the Deferred of a Task cannot be fired by hand") {
        auto body = []() -> Task<> {
            Deferred<int> end = ensure_deferred(answer_after(1ms, 1));
            CHECK_THROWS_AS(end.callback(2), Error);
            int value = co_await end;
            CHECK(value == 1);
        };
        run_test(body);
    }

    TEST_CASE("a chain waits for the Task that a callback returns, whose captures and argument stay alive") {
        auto body = []() -> Task<> {
            auto slow = [](std::string text) -> Task<std::string> {
                co_await sleep(1ms);
                co_return text;
            };
            Deferred<std::string> end = succeed(std::string("an argument too long for a small string"))
                                            .add_callback([suffix = std::string(", a capture of a length to match"),
                                                           slow](const std::string& text) -> Task<std::string> {
                                                co_await sleep(1ms);
                                                auto end = co_await slow(suffix);
                                                co_return text + end;
                                            });
            auto text = co_await end;
            CHECK(text == "an argument too long for a small string, a capture of a length to match");
            auto recovered =
                co_await ensure_deferred(fail_after(1ms)).add_errback([](Failure) { return answer_after(1ms, 6); });
            CHECK(recovered == 6);
        };
        run_test(body);
    }

    TEST_CASE("callbacks, and Tasks they return, belong to the group where they were added") {
        auto body = [](Machine& machine) -> Task<> {
            Deferred<> bell;
            TaskGroup* outside = CancelScope::current()->group();
            TaskGroup* seen = nullptr;
            Deferred<int> end;
            auto opened = [&](TaskGroup& group) -> Task<> {
                end = bell.add_callback([&] {
                    seen = CancelScope::current()->group();
                    return answer_after(10ms, 1);
                });
                auto ring = [&]() -> Task<> {
                    bell.callback();
                    co_return;
                };
                co_await ring();
                CHECK(seen == &group);
                CHECK(seen != outside);
                CHECK(group.running() == 1);
            };
            co_await with_task_group(opened);
            CHECK(machine.elapsed() == 10ms);
            CHECK(end.called());
        };
        run_test(body);
    }

    TEST_CASE("where their group is over, callbacks run in the scope around it") {
        auto body = []() -> Task<> {
            Deferred<> bell;
            TaskGroup* seen = nullptr;
            Deferred<> end;
            auto inner = [&](TaskGroup&) -> Task<> {
                end = bell.add_callback([&] { seen = CancelScope::current()->group(); });
                co_return;
            };
            auto outer = [&](TaskGroup& group) -> Task<> {
                co_await with_task_group(inner);
                bell.callback();
                CHECK(seen == &group);
            };
            co_await with_task_group(outer);
        };
        run_test(body);
    }

    TEST_CASE("a Task has no Deferred where no reactor runs") {
        CHECK_THROWS_AS(ensure_deferred(answer_after(1ms, 1)), Error);
    }

    TEST_CASE("react runs a main that gives a Deferred, whose failure or value is the exit status") {
        auto quiet = [] { return ensure_deferred(answer_after(0s, 1)).add_callback([](int) {}); };
        CHECK(react(quiet, 0, nullptr) == 0);
        auto status = [](std::vector<std::string>) { return ensure_deferred(answer_after(0s, 5)); };
        CHECK(react(status, 0, nullptr) == 5);
        Silence silence;
        auto failing = [] { return ensure_deferred(fail_after(0s)).add_callback([](int) {}); };
        CHECK(react(failing, 0, nullptr) == 1);
    }
}
