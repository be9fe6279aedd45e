#include <corduroy/http/json.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/testing/stub_server.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

using namespace corduroy;
using corduroy::testing::StubServer;

namespace {

struct Order {
    int number;
    std::string what;
};

void from_json(const nlohmann::json& json, Order& order) {
    json.at("number").get_to(order.number);
    json.at("what").get_to(order.what);
}

void to_json(nlohmann::json& json, const Order& order) { json = {{"number", order.number}, {"what", order.what}}; }

} // namespace

TEST_CASE("JSON is sent from a value and read into one") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("POST", "http://h/")
            .header("content-type", "application/json")
            .body("{\"number\":7,\"what\":\"tea\"}")
            .answer(200, "{\"number\":8,\"what\":\"milk\",\"more\":[1,2]}", "application/json");
        http::Client client = server.client();
        Order tea{7, "tea"};
        auto answer = co_await client.post("http://h/").json(tea);
        CHECK(answer.json()["more"][1] == 2);
        Order milk = answer.json<Order>();
        CHECK(milk.number == 8);
        CHECK(milk.what == "milk");
        server.verify();
    });
}

TEST_CASE("what is no JSON is an error with URL and offset, and so is JSON that is not as expected") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/a").times(2).answer(200, "{\"number\": oops}", "application/json");
        server.expect("GET", "http://h/b").answer(200, "{\"number\": \"x\"}", "application/json");
        http::Client client = server.client();
        auto answer = co_await client.get("http://h/a");
        try {
            static_cast<void>(answer.json());
            FAIL("nothing was thrown");
        } catch (const http::JsonError& error) {
            CHECK(error.offset() == 11);
            CHECK(error.url() == "http://h/a");
            CHECK(error.method() == "GET");
            CHECK(std::string(error.what())
                      .starts_with("GET http://h/a failed while reading the body: no JSON, at byte 11: parse error"));
        }
        auto other = co_await client.get("http://h/b");
        CHECK_THROWS_AS(static_cast<void>(other.json<Order>()), http::JsonError);
    });
}
