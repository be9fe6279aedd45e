// The code of docs/sweeps.md, compiled and run.

#include <corduroy/async/sync/lock.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/testing/sweep.hpp>
#include <corduroy/testing/sweep_memory.hpp>

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace corduroy;

CORDUROY_SWEEP_MEMORY

namespace {

Task<http::Response> shop(http::Request& request) {
    std::string path(request.path());
    co_return http::Response(200, "the page that is at " + path);
}

namespace wrong {

// Fetches each page once, however many ask for it.
class PageCache {
public:
    explicit PageCache(http::Client& client) : client_(client) {}

    Task<std::string> page(std::string path) {
        auto guard = co_await lock_.acquire();
        if (auto found = pages_.find(path); found != pages_.end()) co_return found->second;
        auto answer = co_await client_.get("http://shop.test" + path);
        std::string& text = pages_[path];
        text = answer.text();
        co_return text;
    }

private:
    http::Client& client_;
    Lock lock_;
    std::map<std::string, std::string> pages_;
};

} // namespace wrong

namespace mended {

class PageCache {
public:
    explicit PageCache(http::Client& client) : client_(client) {}

    Task<std::string> page(std::string path) {
        auto guard = co_await lock_.acquire();
        if (auto found = pages_.find(path); found != pages_.end()) co_return found->second;
        auto answer = co_await client_.get("http://shop.test" + path);
        std::string text(answer.text());
        pages_.emplace(path, text);
        co_return text;
    }

private:
    http::Client& client_;
    Lock lock_;
    std::map<std::string, std::string> pages_;
};

} // namespace mended

template <class PageCache>
sweep::Report sweep_cache() {
    auto scenario = [](sweep::Trial& trial) -> Task<> {
        trial.world().host("shop.test").serve(80, shop);
        http::Client client;
        PageCache cache(client);
        auto work = [&]() -> Task<> { co_await cache.page("/hats"); };
        co_await trial.disturb(work);
        std::string page = co_await cache.page("/hats");
        trial.expect(page == "the page that is at /hats", "whatever happened, the page is the page");
    };
    return sweep::all(scenario);
}

} // namespace

TEST_CASE("docs/sweeps.md: a cache") {
    sweep::Report found = sweep_cache<wrong::PageCache>();
    REQUIRE(!found.convictions.empty());
    CHECK(found.convictions.front().point.starts_with("allocation "));
    sweep::Report report = sweep_cache<mended::PageCache>();
    CHECK_MESSAGE(report.passed(), report.text());
}
