// The stack does not grow with the length of a chain of Deferreds (law 4), however it is built, fired, cancelled and
// dropped.

#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/deferred/shared_deferred.hpp>
#include <corduroy/async/run.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

using namespace corduroy;

namespace {

constexpr int depth = 100'000;
constexpr int million = 1'000'000;

Deferred<int> add_many(Deferred<int> chain, int length = depth) {
    for (int i = 0; i < length; ++i) chain = std::move(chain).add_callback([](int n) { return n + 1; });
    return chain;
}

// Each waits for the next: as many Deferreds, one in another.
Deferred<int> nest(Deferred<int> innermost, int length = depth) {
    for (int i = 0; i < length; ++i)
        innermost = succeed().add_callback([inner = std::move(innermost)]() mutable { return std::move(inner); });
    return innermost;
}

template <class T>
std::optional<Result<T>> outcome(Deferred<T> deferred) {
    std::optional<Result<T>> result;
    std::move(deferred).add_both([&](Result<T> there) { result.emplace(std::move(there)); });
    return result;
}

Deferred<int> count_down(int n) {
    if (n == 0) return succeed(0);
    return succeed(n - 1).add_callback([](int less) { return succeed(less); });
}

Task<int> one() { co_return 1; }

} // namespace

TEST_SUITE("stack") {
    TEST_CASE("a million callbacks run by one shot, or one after another on a Deferred that has fired") {
        Deferred<int> source;
        Deferred<int> chain = add_many(source.add_callback([](int n) { return n; }), million);
        source.callback(0);
        CHECK(outcome(std::move(chain))->value() == million);
        CHECK(outcome(add_many(succeed(0), million))->value() == million);
    }

    TEST_CASE("a million Deferreds, each of which a callback returned to the next, before it has fired and after") {
        Deferred<int> source;
        DeferredSource<int> fire = source.source();
        Deferred<int> outermost = nest(std::move(source), million);
        fire.callback(5);
        CHECK(outcome(std::move(outermost))->value() == 5);
        CHECK(outcome(nest(succeed(6), million))->value() == 6);
    }

    TEST_CASE("a million Deferreds, each forwarded to the next, whichever was forwarded first") {
        for (bool from_the_end : {false, true}) {
            std::vector<Deferred<int>> row(million);
            if (from_the_end)
                for (int i = million - 1; i > 0; --i) row[i - 1].forward_to(row[i]);
            else
                for (int i = 1; i < million; ++i) row[i - 1].forward_to(row[i]);
            row.front().callback(7);
            CHECK(outcome(std::move(row.back()))->value() == 7);
        }
    }

    TEST_CASE("100,000 Deferreds, each shared and continued from there") {
        Deferred<int> source;
        Deferred<int> chain = source.add_callback([](int n) { return n; });
        for (int i = 0; i < depth; ++i)
            chain = SharedDeferred<int>(std::move(chain)).add_callback([](int n) { return n + 1; });
        source.callback(0);
        CHECK(outcome(std::move(chain))->value() == depth);
    }

    TEST_CASE("100,000 Deferreds, each kept by a callback of the next, are abandoned with the last") {
        int abandoned = 0;
        Deferred<> last;
        for (int i = 0; i < depth; ++i) {
            Deferred<> next;
            auto keep = [&, held = std::move(last)](const Failure&) { ++abandoned; };
            next.add_errback(std::move(keep));
            last = std::move(next);
        }
        last = Deferred<>();
        CHECK(abandoned == depth);
    }

    TEST_CASE("100,000 callbacks that each return a Deferred that has fired") {
        Deferred<int> source;
        Deferred<int> chain = source.add_callback([](int n) { return n; });
        for (int i = 0; i < depth; ++i) chain = std::move(chain).add_callback([](int n) { return count_down(n + 2); });
        source.callback(0);
        CHECK(outcome(std::move(chain))->value() == depth);
    }

    TEST_CASE("100,000 callbacks that each return a Deferred that nobody can fire") {
        Deferred<> source;
        Deferred<> chain = source.add_callback([] {});
        int failed = 0;
        for (int i = 0; i < depth; ++i)
            chain = std::move(chain).add_callback([] { return Deferred<>(); }).add_errback([&](Failure) { ++failed; });
        source.callback();
        CHECK(failed == depth);
    }

    TEST_CASE("100,000 Deferreds one in another, fired, cancelled and dropped") {
        Deferred<int> source;
        DeferredSource<int> fire = source.source();
        Deferred<int> outermost = nest(std::move(source));
        fire.callback(5);
        CHECK(outcome(std::move(outermost))->value() == 5);

        Deferred<int> cancelled;
        DeferredSource<int> keep = cancelled.source();
        outermost = nest(std::move(cancelled));
        outermost.cancel();
        CHECK(outcome(std::move(outermost))->failure().check<CancelledError>());

        outermost = nest(Deferred<int>());
        CHECK(outcome(std::move(outermost))->failure().check<AbandonedError>());
    }

    TEST_CASE("100,000 callbacks that never run, dropped from either end") {
        auto source = std::make_unique<Deferred<int>>();
        auto chain = std::make_unique<Deferred<int>>(add_many(source->add_callback([](int n) { return n; })));
        source.reset();
        CHECK(outcome(std::move(*chain))->failure().check<AbandonedError>());

        source = std::make_unique<Deferred<int>>();
        chain = std::make_unique<Deferred<int>>(add_many(source->add_callback([](int n) { return n; })));
        chain.reset();
        source.reset();
    }

    TEST_CASE("100,000 callbacks that each return a Task") {
        auto body = []() -> Task<int> {
            Deferred<int> chain = succeed(0);
            for (int i = 0; i < depth; ++i) {
                chain = std::move(chain).add_callback([](int n) -> Task<int> {
                    int step = co_await one();
                    co_return n + step;
                });
            }
            int value = co_await chain;
            co_return value;
        };
        CHECK(run(body()) == depth);
    }
}
