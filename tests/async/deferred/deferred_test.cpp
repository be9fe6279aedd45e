// Deferred by itself: firing, chains, failures, cancelling. None of this needs a reactor but for the reports.

#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/testing/run.hpp>

#include "async/deferred/outcome.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;

namespace {

std::string line(int number) { return "deferred_test.cpp:" + std::to_string(number); }

} // namespace

TEST_SUITE("async") {
    TEST_CASE("callbacks run inside callback(), in order, each with the value of the one before") {
        std::vector<std::string> log;
        Deferred<int> first;
        Deferred<> last = first.add_callback([&](int n) { return std::to_string(n) + "!"; })
                              .add_callback([&](std::string text) {
                                  log.push_back(text);
                                  return text.size();
                              })
                              .add_callback([&](std::size_t size) { log.push_back(std::to_string(size)); });
        CHECK(log.empty());
        CHECK_FALSE(last.called());
        first.callback(42);
        CHECK(log == std::vector<std::string>{"42!", "3"});
        CHECK(last.called());
    }

    TEST_CASE("a callback added to a Deferred that has fired runs at once") {
        int seen = 0;
        succeed(3).add_callback([&](int n) { seen = n; });
        CHECK(seen == 3);
    }

    TEST_CASE("a failure passes callbacks by until an errback recovers, and a value passes errbacks by") {
        Deferred<int> source;
        int callbacks = 0, errbacks = 0;
        Outcome<std::string> end(source
                                     .add_errback([&](Failure failure) -> int {
                                         ++errbacks;
                                         failure.rethrow();
                                     })
                                     .add_callback([&](int n) {
                                         ++callbacks;
                                         return n;
                                     })
                                     .add_errback([&](Failure failure) {
                                         CHECK(failure.check<std::runtime_error>());
                                         ++errbacks;
                                         return 7;
                                     })
                                     .add_callback([&](int n) {
                                         ++callbacks;
                                         return "got " + std::to_string(n);
                                     })
                                     .add_errback([&](Failure) -> std::string { throw std::logic_error("never"); }));
        source.errback(sorry());
        CHECK(end.value() == "got 7");
        CHECK(callbacks == 1);
        CHECK(errbacks == 2);
    }

    TEST_CASE("what a callback or errback throws is the failure of the next, with the place where it was added") {
        Deferred<int> source;
        Outcome<int> end(
            source.add_callback([](int) -> int { throw std::logic_error("first"); })
                .add_errback([](Failure failure) -> int { throw std::runtime_error(failure.message() + ", second"); }));
        int added = __LINE__ - 1;
        source.callback(1);
        CHECK(end.message() == "first, second");
        REQUIRE(end.failure().sites().size() == 1);
        CHECK(std::abs(static_cast<int>(end.failure().sites()[0].line()) - added) <= 3);
    }

    TEST_CASE("an errback that rethrows what it was given passes on where it came from and what rode along") {
        Failure failure = Failure::of(sorry());
        failure.add_site(std::source_location::current());
        failure.add_suppressed(Failure::of(std::logic_error("another")));
        Outcome<void> end(fail(failure).add_errback([](Failure given) { given.rethrow(); }));
        CHECK(end.message() == "sorry");
        CHECK(end.failure().sites().size() == 3); // what it came with, fail, and the errback
        CHECK(end.failure().suppressed().size() == 1);
    }

    TEST_CASE("the errback of a pair does not see what the callback of the pair throws") {
        bool called = false;
        Outcome<int> end(succeed(1).add_callbacks([](int) -> int { throw std::logic_error("mine"); },
                                                  [&](Failure) {
                                                      called = true;
                                                      return 2;
                                                  }));
        CHECK_FALSE(called);
        CHECK(end.message() == "mine");
        Outcome<int> other(
            fail<std::string>(sorry()).add_callbacks([](std::string) { return 1; }, [](Failure) { return 2; }));
        CHECK(other.value() == 2);
    }

    TEST_CASE("add_both sees a value and a failure alike, and passes on the Result it returns") {
        int seen = 0;
        auto watch = [&](Result<int> result) {
            ++seen;
            return result;
        };
        CHECK(Outcome<int>(succeed(5).add_both(watch)).value() == 5);
        CHECK(Outcome<int>(fail<int>(sorry()).add_both(watch)).message() == "sorry");
        CHECK(seen == 2);
    }

    TEST_CASE("a chain waits for the Deferred that a callback returns, fired or not") {
        Deferred<int> inner;
        DeferredSource<int> inner_source = inner.source();
        Outcome<std::string> end(succeed()
                                     .add_callback([&] { return std::move(inner); })
                                     .add_callback([](int n) { return succeed(n + 1); })
                                     .add_callback([](int n) { return std::to_string(n); }));
        CHECK_FALSE(end.there());
        inner_source.callback(1);
        CHECK(end.value() == "2");
    }

    TEST_CASE("the failure of the Deferred that a callback returns is the chain's, and counts as taken") {
        auto reported = reports([] {
            Deferred<int> inner;
            DeferredSource<int> source = inner.source();
            Outcome<int> end(succeed().add_callback([&] { return std::move(inner); }));
            source.errback(sorry());
            CHECK(end.message() == "sorry");
        });
        CHECK(reported.empty());
    }

    TEST_CASE("an errback may wait too") {
        Deferred<int> inner;
        DeferredSource<int> source = inner.source();
        Outcome<int> end(fail<int>(sorry()).add_errback([&](Failure) { return std::move(inner); }));
        CHECK_FALSE(end.there());
        source.callback(8);
        CHECK(end.value() == 8);
    }

    TEST_CASE("values that can only be moved, and references, come through") {
        Deferred<std::unique_ptr<int>> source;
        Outcome<std::unique_ptr<int>> end(source.add_callback([](std::unique_ptr<int>&& n) {
            ++*n;
            return std::move(n);
        }));
        source.callback(std::make_unique<int>(1));
        CHECK(*end.value() == 2);

        int number = 1;
        Deferred<int&> reference;
        Deferred<> done = reference.add_callback([](int& n) { n = 5; });
        reference.callback(number);
        CHECK(number == 5);
    }

    TEST_CASE("firing a Deferred twice says where it was made and where it was fired first") {
        Deferred<int> twice;
        int made = __LINE__ - 1;
        twice.callback(1);
        int fired = __LINE__ - 1;
        std::string message;
        int again = 0;
        try {
            again = __LINE__ + 1;
            twice.errback(sorry());
        } catch (const AlreadyCalledError& error) {
            message = error.what();
            CHECK(error.created().line() == made);
            CHECK(error.first_fired().line() == fired);
        }
        CHECK(contains(message, line(made)));
        CHECK(contains(message, line(fired)));
        CHECK(contains(message, line(again)));
        CHECK(Outcome<int>(std::move(twice)).value() == 1);
    }

    TEST_CASE("what a callback made cannot be fired by hand") {
        Deferred<int> source;
        Deferred<int> next = source.add_callback([](int n) { return n; });
        CHECK_THROWS_AS(next.callback(3), Error);
        source.callback(4);
        CHECK(Outcome<int>(std::move(next)).value() == 4);
    }

    TEST_CASE("errback without an argument takes the exception being handled, and needs one") {
        Deferred<> source;
        CHECK_THROWS_AS(source.errback(), Error);
        CHECK_FALSE(source.called());
        try {
            throw sorry();
        } catch (const std::exception&) {
            source.errback();
        }
        CHECK(Outcome<void>(std::move(source)).message() == "sorry");
    }

    TEST_CASE("callbacks that are added while callbacks run keep their order") {
        std::vector<int> log;
        Deferred<> source;
        Deferred<> tail = source.add_callback([] {});
        Deferred<> more;
        tail = tail.add_callback([&] {
            log.push_back(1);
            more = tail.add_callback([&] { log.push_back(3); }).add_callback([&] { log.push_back(4); });
            log.push_back(2);
        });
        source.callback();
        CHECK(log == std::vector<int>{1, 2, 3, 4});
        CHECK(more.called());
    }

    TEST_CASE("a result goes one way: a second callback on the same Deferred is refused") {
        Deferred<int> source;
        Deferred<int> next = source.add_callback([](int n) { return n; });
        int made = __LINE__ - 2;
        std::string message;
        try {
            source.add_callback([](int) {});
        } catch (const Error& error) {
            message = error.what();
        }
        CHECK(contains(message, line(made)));
        source.callback(1);
        CHECK(Outcome<int>(std::move(next)).value() == 1);
    }

    TEST_CASE("a source fires the Deferred that was handed out, and copies share the right") {
        Deferred<int> handed_out;
        DeferredSource<int> source = handed_out.source();
        Outcome<int> end(std::move(handed_out));
        auto copy = source;
        copy.callback(6);
        CHECK(end.value() == 6);
        CHECK_THROWS_AS(source.callback(7), AlreadyCalledError);
    }

    TEST_CASE("a Deferred fails when the last one who could fire it is gone") {
        std::optional<Outcome<int>> end;
        int made = 0;
        {
            Deferred<int> handed_out;
            made = __LINE__ - 1;
            DeferredSource<int> source = handed_out.source();
            end.emplace(std::move(handed_out));
            CHECK_FALSE(end->there());
        }
        REQUIRE(end->there());
        CHECK(end->failure().check<AbandonedError>());
        CHECK(contains(end->message(), line(made)));
    }

    TEST_CASE("a Deferred that was abandoned while nobody waited is not reported") {
        CHECK(reports([] {
                  Deferred<int> alone;
                  Deferred<int> continued;
                  continued.add_callback([](int n) { return n; });
              }).empty());
    }

    TEST_CASE("a failure that nobody takes is reported once, with where the Deferred was made") {
        int made = 0;
        auto reported = reports([&] {
            Deferred<int> source;
            made = __LINE__ - 1;
            Deferred<> end = source.add_callback([](int) {}).add_callback([] {});
            source.errback(sorry());
        });
        REQUIRE(reported.size() == 1);
        CHECK(contains(reported[0].text(), "sorry in a Deferred created at "));
        CHECK(contains(reported[0].context, line(made)));
    }

    TEST_CASE("a failure that an errback took is not reported, and one that it threw is") {
        CHECK(reports([] { fail(sorry()).add_errback([](Failure) {}); }).empty());
        CHECK(reports([] { fail(sorry()).add_errback([](Failure failure) { failure.rethrow(); }); }).size() == 1);
    }

    TEST_CASE("cancel calls the canceller, which may fire the Deferred") {
        Deferred<int> source([](DeferredSource<int>& self) { self.callback(-1); });
        source.cancel();
        CHECK(Outcome<int>(std::move(source)).value() == -1);
    }

    TEST_CASE("a Deferred whose canceller does not fire it, or that has none, fails with CancelledError") {
        int calls = 0;
        Deferred<int> source([&] { ++calls; });
        int made = __LINE__ - 1;
        source.cancel();
        source.cancel();
        CHECK(calls == 1);
        Outcome<int> end(std::move(source));
        CHECK(end.failure().check<CancelledError>());
        CHECK(contains(end.message(), line(made)));

        Deferred<> plain;
        plain.cancel();
        CHECK(Outcome<void>(std::move(plain)).failure().check<CancelledError>());
    }

    TEST_CASE("cancel never throws: what a canceller throws rides along") {
        Deferred<> source([] { throw sorry(); });
        CHECK_NOTHROW(source.cancel());
        Outcome<void> end(std::move(source));
        CHECK(end.failure().check<CancelledError>());
        REQUIRE(end.failure().suppressed().size() == 1);
        CHECK(end.failure().suppressed()[0].message() == "sorry");
    }

    TEST_CASE("after cancel one late result is swallowed, and the second is an error") {
        Deferred<int> source;
        source.cancel();
        CHECK_NOTHROW(source.callback(1));
        CHECK_THROWS_AS(source.callback(2), AlreadyCalledError);
    }

    TEST_CASE("a late result is swallowed also where a canceller could not hold it back, be it a failure or a value") {
        Deferred<int> failing([] {}), giving([] { throw sorry(); });
        failing.cancel();
        CHECK_NOTHROW(failing.errback(sorry()));
        CHECK_THROWS_AS(failing.errback(sorry()), AlreadyCalledError);
        giving.cancel();
        CHECK_NOTHROW(giving.callback(1));
        CHECK(Outcome<int>(std::move(giving)).failure().check<CancelledError>());
    }

    TEST_CASE("a canceller is destroyed when its Deferred fires, and is not called after that") {
        auto held = std::make_shared<int>(0);
        Deferred<> source([held] { ++*held; });
        source.callback();
        CHECK(held.use_count() == 1);
        source.cancel();
        CHECK(*held == 0);
        CHECK_NOTHROW(Outcome<void>(std::move(source)).value());
    }

    TEST_CASE("cancelling the end of a chain cancels what it begins with, and errbacks see it") {
        bool cancelled = false;
        Deferred<int> source([&] { cancelled = true; });
        Deferred<std::string> end =
            source.add_callback([](int n) { return std::to_string(n); }).add_errback([](Failure failure) {
                return std::string(failure.check<CancelledError>() ? "cancelled" : "?");
            });
        end.cancel();
        CHECK(cancelled);
        CHECK(Outcome<std::string>(std::move(end)).value() == "cancelled");
    }

    TEST_CASE("cancelling a chain that waits for an inner Deferred cancels that one") {
        bool cancelled = false;
        Deferred<int> inner([&] { cancelled = true; });
        DeferredSource<int> source = inner.source();
        Deferred<int> continued = std::move(inner).add_callback([](int n) { return n; });
        Deferred<> end = succeed().add_callback([&] { return std::move(continued); }).add_callback([](int) {});
        end.cancel();
        CHECK(cancelled);
        CHECK(Outcome<void>(std::move(end)).failure().check<CancelledError>());
    }

    TEST_CASE("cancelling what has fired does nothing, nor does a callback that cancels its own chain") {
        Deferred<int> source;
        Deferred<int> end;
        end = source.add_callback([&](int n) {
            end.cancel();
            return n;
        });
        source.callback(2);
        end.cancel();
        CHECK(Outcome<int>(std::move(end)).value() == 2);
    }

    TEST_CASE("a Deferred that was cancelled and dropped is not reported") {
        CHECK(reports([] {
                  Deferred<int> source;
                  Deferred<int> end = source.add_callback([](int n) { return n; });
                  end.cancel();
              }).empty());
    }

    TEST_CASE("callbacks and values are destroyed as soon as they have been used") {
        auto held = std::make_shared<int>(0);
        auto value = std::make_shared<int>(0);
        Deferred<std::shared_ptr<int>> source;
        Deferred<> end = source.add_callback([held](const std::shared_ptr<int>&) {});
        source.callback(value);
        CHECK(held.use_count() == 1);
        CHECK(value.use_count() == 1);
    }

    TEST_CASE("the handles of a Deferred may be dropped inside its callbacks") {
        std::optional<Deferred<int>> source(std::in_place);
        std::optional<Deferred<int>> end;
        int last = 0;
        end.emplace(source->add_callback([&](int n) {
            source.reset();
            end.reset();
            return n;
        }));
        Deferred<> watch = std::move(*end).add_callback([&](int n) { last = n; });
        source->callback(9);
        CHECK(last == 9);
    }
}
