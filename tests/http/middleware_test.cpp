#include <corduroy/http/middleware.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/testing/stub_server.hpp>

#include "support/run_test.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <map>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;
using corduroy::testing::StubAnswer;
using corduroy::testing::StubServer;

namespace {

AsyncGenerator<std::string> once() { co_yield "body"; }

} // namespace

// docs/http-client.md shows this one.
Task<http::Response> retry_when_busy(http::OutgoingRequest& request, http::Next next) {
    for (int tries = 1;; ++tries) {
        http::Response response = co_await next(request);
        if (response.status() != 503 || tries == 3 || !request.replayable()) co_return response;
        co_await sleep(std::chrono::seconds(tries));
    }
}

TEST_CASE("middleware can have a request sent several times, with its method and body as they were") {
    run_test([]() -> Task<> {
        StubServer server;
        // The first is redirected by a 303, which turns it into a GET on its way.
        server.expect("POST", "http://h/").body("text").answer(StubAnswer(303).header("location", "/busy"));
        server.expect("GET", "http://h/busy").answer(503);
        server.expect("POST", "http://h/").body("text").answer(503);
        server.expect("POST", "http://h/").body("text").header("x", "y").answer(200, "at last");
        auto client = server.client().use(retry_when_busy);
        auto begun = Reactor::current().now();
        auto answer = co_await client.post("http://h/").header("x", "y").body("text");
        CHECK(answer.text() == "at last");
        CHECK(answer.history().empty());
        CHECK(Reactor::current().now() - begun >= 3s);
        server.verify();
    });
}

TEST_CASE("a target of the request's own is sent again too, though a redirect has ended it") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/own").answer(StubAnswer(302).header("location", "/busy"));
        server.expect("GET", "http://h/busy").answer(503);
        server.expect("GET", "http://h/own").answer(200, "at last");
        auto client = server.client().use(retry_when_busy);
        auto answer = co_await client.get("http://h/elsewhere").request_target("/own");
        CHECK(answer.text() == "at last");
        server.verify();
    });
}

TEST_CASE("the first middleware is the outermost; each sees and changes the request and the answer") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("PUT", "http://h/there").header("x-inner", "1").body("changed").answer(200, "got");
        std::string order;
        auto outer = [&](http::OutgoingRequest& request, http::Next next) -> Task<http::Response> {
            order += "(" + request.method() + " " + request.url() + " " + request.body() + " ";
            request.set_method("PUT");
            request.set_url("there");
            request.set_body("changed");
            auto response = co_await next(request);
            order += ")";
            response.headers().set("x-outer", "1");
            co_return response;
        };
        auto inner = [&](http::OutgoingRequest& request, http::Next next) -> Task<http::Response> {
            order += "[" + request.method();
            request.headers().set("x-inner", "1");
            auto response = co_await next(request);
            order += "]";
            co_return response;
        };
        auto client = server.client().base_url("http://h/base").use(outer).use(inner);
        auto answer = co_await client.post("x").body("original");
        CHECK(order == "(POST x original [PUT])");
        CHECK(answer.headers().get("x-outer") == "1");
        CHECK(answer.text() == "got");
        server.verify();
    });
}

TEST_CASE("middleware can answer by itself, as a cache does, and streamed answers go through it") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/a").answer(200, "from afar");
        std::map<std::string, std::string> kept;
        auto cache = [&](http::OutgoingRequest& request, http::Next next) -> Task<http::Response> {
            auto found = kept.find(request.url());
            if (found != kept.end()) co_return http::Response(200, found->second);
            auto response = co_await next(request);
            if (response.streamed()) co_await response.read_all();
            kept[request.url()] = response.bytes();
            co_return response;
        };
        auto client = server.client().use(cache);
        for (int i = 0; i < 3; ++i) {
            auto answer = co_await client.get("http://h/a").streamed();
            CHECK(answer.bytes() == "from afar");
        }
        server.verify();
    });
}

TEST_CASE("a body that can be sent once is an error the second time, and a time-out ends middleware too") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("PUT", "http://h/").body("body").answer(503);
        auto twice = [](http::OutgoingRequest& request, http::Next next) -> Task<http::Response> {
            CHECK(!request.replayable());
            co_await next(request);
            co_return co_await next(request);
        };
        auto client = server.client().use(twice);
        auto answer = co_await attempt(client.put("http://h/").body(once()));
        CHECK(answer.failure().message() == "PUT http://h/ failed while sending the request: the body can be sent only "
                                            "once");
        auto sleepy = [](http::OutgoingRequest& request, http::Next next) -> Task<http::Response> {
            co_await sleep(1h);
            co_return co_await next(request);
        };
        auto late = co_await attempt(server.client().use(sleepy).get("http://h/").timeout(1s));
        CHECK(late.failure().check<TimeoutError>());
        server.verify();
    });
}
