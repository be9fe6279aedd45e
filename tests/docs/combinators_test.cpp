// The code of docs/combinators.md, compiled and run.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/first_completed.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/combine/keyed_rate_limiter.hpp>
#include <corduroy/async/combine/race.hpp>
#include <corduroy/async/combine/retry.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <ranges>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> notes;
int fetches = 0;

void note(std::string text) { notes.push_back(std::move(text)); }

// A page of a server that takes its time; "down" is never there, "shy" at the third time.
Task<std::string> fetch(std::string host) {
    ++fetches;
    if (host == "slow") co_await sleep(1h);
    co_await sleep(1s);
    if (host == "down") throw IoError("connect to " + host, ECONNREFUSED);
    if (host == "shy" && fetches < 3) throw IoError("connect to " + host, ETIMEDOUT);
    co_return "page of " + host;
}

Task<> together() {
    auto [home, news] = co_await gather(fetch("home"), fetch("news"));
    note(home + ", " + news);

    auto pages = co_await settle(fetch("home"), fetch("down"), fetch("slow")).within(5s);
    for (const Result<std::string>& page : pages) note(page ? *page : page.failure().message());

    auto mirror = co_await race(fetch("slow"), fetch("down"), fetch("mirror"));
    note("number " + std::to_string(mirror.index) + " came first: " + mirror.value);

    auto first = co_await first_completed(fetch("slow"), sleep(3s));
    if (first.index == 1) note("nothing yet");
}

Task<> all_of(std::vector<std::string> hosts) {
    std::vector<std::string> pages = co_await gather(hosts | std::views::transform(fetch), 2);
    note(std::to_string(pages.size()) + " pages");
}

Task<> persistently() {
    RetryPolicy policy = RetryPolicy().attempts(5).backoff(200ms, 2, 10s).only_on<IoError, TimeoutError>().within(1min);
    auto call = [] { return timeout(5s, fetch("shy")); };
    note(co_await retry(policy, call));
}

Task<> politely(std::vector<std::string> hosts) {
    KeyedRateLimiter per_host(2, 1s); // two a second for each host
    auto polite = [&](std::string host) -> Task<std::string> {
        co_await per_host.acquire(host);
        co_return co_await fetch(host);
    };
    co_await gather(hosts | std::views::transform(polite), 10);
}

} // namespace

TEST_SUITE("docs") {
    TEST_CASE("what combinators.md says of gather, settle, race and first_completed holds") {
        notes.clear();
        sim::run(together);
        CHECK(notes == std::vector<std::string>{
                           "page of home, page of news", "page of home", "connect to down failed: Connection refused",
                           "the operation timed out after 5 s", "number 2 came first: page of mirror", "nothing yet"});
    }

    TEST_CASE("what combinators.md says of limits holds") {
        notes.clear();
        auto body = [](sim::World& world) -> Task<> {
            std::vector<std::string> hosts = {"a", "b", "c", "d", "e"};
            co_await all_of(hosts);
            CHECK(world.elapsed() == 3s);
        };
        sim::run(body);
        CHECK(notes == std::vector<std::string>{"5 pages"});
    }

    TEST_CASE("what combinators.md says of retry and rates holds") {
        notes.clear();
        fetches = 0;
        auto body = [](sim::World& world) -> Task<> {
            co_await persistently();
            Duration before = world.elapsed();
            std::vector<std::string> hosts = {"a", "a", "a", "a", "b"};
            co_await politely(hosts);
            CHECK(world.elapsed() == before + 2s);
        };
        sim::run(body);
        CHECK(notes == std::vector<std::string>{"page of shy"});
    }
}
