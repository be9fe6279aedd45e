// The code of docs/testing.md, compiled and run.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/testing/explore.hpp>
#include <corduroy/testing/recorder.hpp>
#include <corduroy/testing/run.hpp>
#include <corduroy/testing/stub_server.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// Four pages: the first has links to two, and both of these to the last.
Task<http::Response> shop(http::Request& request) {
    std::string links;
    if (request.path() == "/") links = "/shoes /hats";
    if (request.path() == "/shoes" || request.path() == "/hats") links = "/checkout";
    co_return http::Response(200, links);
}

std::vector<std::string> words(const std::string& text) {
    std::vector<std::string> found(1);
    for (char c : text) {
        if (c == ' ')
            found.emplace_back();
        else
            found.back() += c;
    }
    if (found.back().empty()) found.pop_back();
    return found;
}

namespace wrong {

struct Crawler {
    int pages = 0;
    std::set<std::string> seen;

    Task<> visit(std::string path) {
        if (!seen.insert(path).second) co_return;
        for (int tries = 1;; ++tries) {
            auto answer = co_await attempt(http::get("http://shop.test" + path));
            if (answer) {
                ++pages;
                std::vector<Task<>> visits;
                for (const std::string& link : words(answer->text())) visits.push_back(visit(link));
                co_await gather(std::move(visits));
                co_return;
            }
            if (tries == 20) answer.failure().rethrow();
            seen.erase(path); // not seen yet, after all
            co_await sleep(1s);
        }
    }
};

} // namespace wrong

struct Crawler {
    int pages = 0;
    std::set<std::string> seen;

    Task<> visit(std::string path) {
        if (!seen.insert(path).second) co_return;
        for (int tries = 1;; ++tries) {
            auto answer = co_await attempt(http::get("http://shop.test" + path));
            if (answer) {
                ++pages;
                std::vector<Task<>> visits;
                for (const std::string& link : words(answer->text())) visits.push_back(visit(link));
                co_await gather(std::move(visits));
                co_return;
            }
            if (tries == 20) answer.failure().rethrow();
            co_await sleep(1s);
        }
    }
};

template <class Crawler>
Task<> crawl_the_shop(sim::World& world) {
    world.host("shop.test").latency(50ms).jitter(1s).faults({.refuse = 0.1, .reset = 0.5}).serve(80, shop);
    Crawler crawler;
    co_await crawler.visit("/");
    if (crawler.pages != 4) throw Error("the shop has 4 pages, not " + std::to_string(crawler.pages));
}

Task<std::size_t> count_items(const http::Client& client) {
    auto answer = co_await client.get("http://shop.test/items").header("accept", "text/plain");
    answer.raise_for_status();
    co_return words(answer.text()).size();
}

} // namespace

TEST_SUITE("docs/testing.md") {
    TEST_CASE("a crawler in virtual time") {
        sim::run([](sim::World& world) -> Task<> {
            world.host("shop.test").latency(50ms).refuse_first(2).serve(80, shop);
            Crawler crawler;
            co_await crawler.visit("/");
            CHECK(crawler.pages == 4);
            CHECK(world.elapsed() > 2s); // two refusals, a second's pause after each
        });
    }

    TEST_CASE("the first crawler passes a test that leaves nothing to chance, and a seed finds what is wrong with it") {
        sim::run([](sim::World& world) -> Task<> {
            world.host("shop.test").latency(50ms).refuse_first(2).serve(80, shop);
            wrong::Crawler crawler;
            co_await crawler.visit("/");
            CHECK(crawler.pages == 4);
        });
        auto finding = sim::find_failure(2000, crawl_the_shop<wrong::Crawler>);
        REQUIRE(finding);
        CHECK(finding->failure.message() == "the shop has 4 pages, not 5");
        sim::SimOptions again = sim::every_edge({.seed = finding->seed});
        auto replayed = sim::find_failure(1, crawl_the_shop<wrong::Crawler>, again);
        REQUIRE(replayed);
        CHECK(replayed->log_hash == finding->log_hash);
    }

    TEST_CASE("the mended crawler passes with every seed") { sim::explore(2000, crawl_the_shop<Crawler>); }

    TEST_CASE("a table of requests and answers stands for a server") {
        sim::run([]() -> Task<> {
            testing::StubServer server;
            server.expect("GET", "http://shop.test/items").header("accept", "text/plain").answer(503);
            server.expect("GET", "http://shop.test/items")
                .answer(testing::StubAnswer(200).then("shoes ").pause(1s).then("hats"));
            http::Client client = server.client();
            auto closed = co_await attempt(count_items(client));
            CHECK(closed.failure().check<http::StatusError>());
            std::size_t items = co_await count_items(client);
            CHECK(items == 2);
            server.verify(); // both rows, in their order, and nothing else
        });
    }

    TEST_CASE("a service's own handler is asked by a client without a socket") {
        sim::run([]() -> Task<> {
            testing::StubServer server;
            server.handle(shop);
            http::Client client = server.client();
            auto page = co_await client.get("http://shop.test/hats");
            CHECK(page.text() == "/checkout");
        });
    }

    TEST_CASE("what a server said once is recorded, and replayed without it") {
        auto file = std::filesystem::temp_directory_path() / ("corduroy-docs-" + std::to_string(::getpid()) + ".tape");
        sim::run([&](sim::World& world) -> Task<> {
            world.host("shop.test").serve(80, shop);
            auto recorder = std::make_shared<testing::Recorder>();
            http::Client client(recorder->settings());
            co_await client.get("http://shop.test/hats");
            recorder->tape().save(file);
        });
        sim::run([&]() -> Task<> {
            testing::StubServer server = testing::Tape::load(file).replay();
            http::Client client = server.client();
            auto page = co_await client.get("http://shop.test/hats");
            CHECK(page.text() == "/checkout");
            server.verify();
        });
        std::filesystem::remove(file);
    }
}
