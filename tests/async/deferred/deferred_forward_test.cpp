// forward_to: one Deferred's result fires another.

#include <corduroy/async/deferred/deferred.hpp>

#include "async/deferred/outcome.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace corduroy;

TEST_SUITE("async") {
    TEST_CASE("forward_to fires another Deferred with the value or the failure, and keeps nothing") {
        auto reported = reports([] {
            Deferred<std::unique_ptr<int>> from, to;
            from.forward_to(to);
            Outcome<int> end(to.add_callback([](std::unique_ptr<int> n) { return *n; }));
            from.callback(std::make_unique<int>(3));
            CHECK(end.value() == 3);

            Deferred<int> failing, target;
            failing.forward_to(target.source());
            Outcome<int> failed(std::move(target));
            failing.errback(sorry());
            CHECK(failed.message() == "sorry");
        });
        CHECK(reported.empty());
    }

    TEST_CASE("what has fired already is forwarded at once") {
        Deferred<int> to;
        succeed(4).forward_to(to);
        CHECK(to.called());
        CHECK(Outcome<int>(std::move(to)).value() == 4);
    }

    TEST_CASE("callbacks behind a forwarded result run in the order of their chains") {
        std::string log;
        Deferred<> first, second;
        Deferred<> end = second.add_callback([&] { log += "b"; });
        first.add_callback([&] { log += "a"; }).forward_to(second);
        first.callback();
        log += "c";
        CHECK(log == "abc");
    }

    TEST_CASE("cancelling is passed on with the result, and does not reach back from the target") {
        int cancelled = 0;
        Deferred<int> from([&] { ++cancelled; });
        Deferred<int> to;
        from.forward_to(to);
        to.cancel();
        CHECK(cancelled == 0);
        CHECK_FALSE(from.called());
        from.callback(1); // the late result of what was cancelled
        CHECK(Outcome<int>(std::move(to)).failure().check<CancelledError>());

        Deferred<int> given_up, told;
        given_up.forward_to(told);
        given_up.cancel();
        CHECK(Outcome<int>(std::move(told)).failure().check<CancelledError>());
    }

    TEST_CASE("forwarding to what has fired already is reported, and the target keeps its result") {
        auto reported = reports([] {
            Deferred<int> from, to;
            from.forward_to(to);
            to.callback(1);
            from.callback(2);
            CHECK(Outcome<int>(std::move(to)).value() == 1);
        });
        REQUIRE(reported.size() == 1);
        CHECK(reported[0].failure.check<AlreadyCalledError>());
    }

    TEST_CASE("a Deferred that is forwarded shares in the right to fire its target, and abandons it with itself") {
        std::optional<Outcome<int>> end;
        {
            Deferred<int> from;
            {
                Deferred<int> to;
                from.forward_to(to);
                end.emplace(std::move(to));
            }
            CHECK_FALSE(end->there());
        }
        CHECK(end->failure().check<AbandonedError>());
    }

    TEST_CASE("only what is fired by hand can be a target, and a result is forwarded once") {
        Deferred<int> from, plain;
        Deferred<int> continued = plain.add_callback([](int n) { return n; });
        CHECK_THROWS_AS(from.forward_to(continued), Error);
        Deferred<int> to;
        from.forward_to(to);
        CHECK_THROWS_AS(from.forward_to(to), Error);
        plain.callback(0);
    }
}
