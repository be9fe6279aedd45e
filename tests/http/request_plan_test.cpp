// What a request and its answer take of the memory of those who hold them.

#include "http/request_plan.hpp"

#include <corduroy/http/response.hpp>

#include <doctest/doctest.h>
#include <string>
#include <utility>

using namespace corduroy;

namespace {

struct Part : FromFramePool {
    std::string text = "unsaid";
};

} // namespace

TEST_CASE("a part that is seldom there is read as one that has nothing set, and made to be written") {
    http::Seldom<Part> part;
    CHECK_FALSE(part);
    CHECK(part.own() == nullptr);
    CHECK(part->text == "unsaid");
    part.make().text = "said";
    CHECK(part);
    CHECK(part.make().text == "said");
    CHECK(part.own()->text == "said");
    CHECK(http::Seldom<Part>()->text == "unsaid");
}

TEST_CASE("a copy of a part that is seldom there has its own, and one that was moved from has none") {
    http::Seldom<Part> part;
    part.make().text = "said";
    http::Seldom<Part> copy = part;
    copy.make().text = "said otherwise";
    CHECK(part->text == "said");
    http::Seldom<Part> moved = std::move(copy);
    CHECK(moved->text == "said otherwise");
    CHECK_FALSE(copy); // NOLINT: that is what it is about
    part = moved;
    CHECK(part->text == "said otherwise");
    part = http::Seldom<Part>();
    CHECK_FALSE(part);
    CHECK(http::Seldom<Part>(part)->text == "unsaid");
}

TEST_CASE("an address is a text, and the URL that it is parsed to") {
    http::RequestAddress address("HTTP://h.test:80/a/../b");
    CHECK_FALSE(address.parsed());
    CHECK(address.text() == "HTTP://h.test:80/a/../b");
    CHECK(address.given_text() == address.text());
    address.parse(nullptr);
    CHECK(address.parsed());
    CHECK(address.text() == "http://h.test/b");
    CHECK(address.given_text().empty());
    http::RequestAddress relative("c?d");
    relative.parse(&address.url());
    CHECK(relative.url().href() == "http://h.test/c?d");
    CHECK(http::RequestAddress(http::Url::parse("http://h.test/")).parsed());
}

TEST_CASE("the plan of a request is of three cache lines, and a response of a word") {
    CHECK(sizeof(http::RequestPlan) <= 3 * 64);
    CHECK(sizeof(http::Response) == sizeof(void*));
}

TEST_CASE("a response keeps its parts where they are when it is moved, and is as a new one then") {
    http::Response response(404, "gone");
    const std::string& bytes = response.bytes();
    http::Response other = std::move(response);
    CHECK(&other.bytes() == &bytes);
    CHECK(other.status() == 404);
    CHECK(other.headers().size() == 1);
    CHECK(response.status() == 200); // NOLINT: that is what it is about
    CHECK(response.bytes().empty());
    CHECK(std::as_const(response).headers().empty());
    CHECK(response.history().empty());
    CHECK(response.trailers().empty());
    CHECK_FALSE(response.streamed());
    CHECK_FALSE(response.upgraded());
    CHECK_FALSE(response.final_url());
    CHECK(response.take_reader() == nullptr);
    CHECK(std::move(response).bytes().empty());
    response.header("a", "b");
    CHECK(response.headers().size() == 1);
    CHECK(http::Response().headers().empty());
}
