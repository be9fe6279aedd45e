#include <corduroy/http/headers.hpp>

#include <corduroy/http/error.hpp>

#include <doctest/doctest.h>
#include <iterator>
#include <string>
#include <string_view>

using namespace corduroy::http;
using namespace std::literals;

namespace {

std::string all(const Headers& headers) {
    std::string text;
    for (auto [name, value] : headers) text += std::string(name) + "=" + std::string(value) + ";";
    return text;
}

std::string refusal(std::string_view name, std::string_view value) {
    Headers headers;
    try {
        headers.add(name, value);
    } catch (const Error& error) {
        CHECK(headers.empty());
        return error.reason();
    }
    return "taken";
}

} // namespace

static_assert(std::forward_iterator<Headers::const_iterator>);

TEST_CASE("fields keep their order and spelling, and are found in any case") {
    Headers headers{{"Host", "h"}, {"X-A", "1"}, {"x-a", "2"}, {"X-B", ""}};
    CHECK(headers.size() == 4);
    CHECK(all(headers) == "Host=h;X-A=1;x-a=2;X-B=;");
    CHECK(headers.get("HOST") == "h");
    CHECK(headers.get("x-A") == "1");
    CHECK(headers.get("x-b") == "");
    CHECK_FALSE(headers.get("x-c"));
    CHECK_FALSE(headers.get("x"));
    CHECK(headers.contains("X-a"));
    CHECK_FALSE(headers.contains(""));
    CHECK(headers.get_all("X-A") == std::vector<std::string_view>{"1", "2"});
    CHECK(headers.get_all("y").empty());
    CHECK(headers.combined("x-a") == "1, 2");
    CHECK(headers.combined("y").empty());
    CHECK(headers[2].name == "x-a");
}

TEST_CASE("texts that differ in the case of ASCII letters are equal, and no others, at every size and place") {
    auto lower = [](int c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
    int wrong = 0;
    for (std::size_t size = 1; size <= 26; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string left(size, 'x'), right(size, 'X');
            for (int l = 0; l < 256; ++l) {
                left[at] = static_cast<char>(l);
                for (int r = 0; r < 256; ++r) {
                    right[at] = static_cast<char>(r);
                    if (equal_ignoring_case(left, right) != (lower(l) == lower(r))) ++wrong;
                }
            }
        }
    }
    CHECK(wrong == 0);
    CHECK(equal_ignoring_case("", ""));
    CHECK_FALSE(equal_ignoring_case("content-type", "content-typ"));
    // The first letter and the size are the same, and something between them is not.
    Headers headers{{"Content-Length", "1"}, {"c_ntent-length", "2"}, {"CONTENT-LENGTh", "3"}};
    CHECK(headers.get_all("content-length") == std::vector<std::string_view>{"1", "3"});
    CHECK(headers.get("C_NTENT-LENGTH") == "2");
    CHECK_FALSE(headers.contains("c\x7fntent-length"));
}

TEST_CASE("setting replaces in place and removes the rest") {
    Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}, {"C", "4"}, {"A", "5"}};
    headers.set("a", "new and longer");
    CHECK(all(headers) == "a=new and longer;B=2;C=4;");
    headers.set("D", "6");
    headers.set("B", "");
    CHECK(all(headers) == "a=new and longer;B=;C=4;D=6;");
    // Nothing is left behind.
    CHECK(headers.byte_size() == "anew and longerBC4D6"sv.size());
}

TEST_CASE("removing removes all of a name and says how many") {
    Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
    CHECK(headers.remove("A") == 2);
    CHECK(headers.remove("A") == 0);
    CHECK(all(headers) == "B=2;");
    CHECK(headers.remove("b") == 1);
    CHECK(headers.empty());
    CHECK(headers.byte_size() == 0);
    headers.add("C", "3");
    CHECK(all(headers) == "C=3;");
    headers.clear();
    CHECK(headers.begin() == headers.end());
}

TEST_CASE("what is added may come out of the same object") {
    Headers headers{{"A", "a value that is too long for a short string to hold"}};
    for (int i = 0; i < 10; ++i) headers.add("B", *headers.get("a"));
    for (int i = 0; i < 10; ++i) headers.add(headers[0].name, headers[0].value);
    CHECK(headers.size() == 21);
    for (auto [name, value] : headers) CHECK(value == "a value that is too long for a short string to hold");
    headers.set(headers[1].name, headers[0].value);
    CHECK(headers.remove(headers[0].name) == 11);
    CHECK(all(headers) == "B=a value that is too long for a short string to hold;");
}

TEST_CASE("a name is found in either case, whatever others are there, and no other is") {
    // Sizes beyond 64, and every letter twice.
    auto name_of = [](int i, char first_case) {
        return std::string(1, static_cast<char>(first_case + i % 26)) + std::string(static_cast<std::size_t>(i), '-');
    };
    for (int count = 0; count <= 80; ++count) {
        Headers grown;
        for (int i = 0; i < count; ++i) grown.add(name_of(i, 'a'), std::to_string(i));
        Headers copy = grown;
        Headers assigned{{"zzz", ""}};
        assigned = copy;
        Headers moved = std::move(copy);
        Headers replaced;
        for (auto [name, value] : grown) replaced.set(name, value);
        for (const Headers* each : {&grown, &assigned, &moved, &replaced}) {
            int wrong = 0;
            for (int i = 0; i < 100; ++i) {
                wrong += each->contains(name_of(i, 'A')) != (i < count);
                wrong += each->get(name_of(i, 'a')).value_or("none") != (i < count ? std::to_string(i) : "none");
            }
            CHECK(wrong == 0);
            CHECK_FALSE(each->contains(""));
        }
        grown.clear();
        CHECK_FALSE(grown.contains("a"));
        CHECK_FALSE(copy.contains("a")); // NOLINT: moved from
    }
}

TEST_CASE("setting again and again does not grow without end") {
    Headers headers{{"A", "1"}, {"B", "2"}};
    for (int i = 0; i < 10000; ++i) headers.set("B", std::string(20, 'x') + std::to_string(i));
    CHECK(all(headers) == "A=1;B=" + std::string(20, 'x') + "9999;");
    for (int i = 0; i < 1000; ++i) {
        headers.add("C", std::string(100, 'y'));
        CHECK(headers.remove("c") == 1);
        CHECK(headers.get("a") == "1");
    }
    CHECK(headers.size() == 2);
}

TEST_CASE("white space around a value is dropped") {
    Headers headers;
    headers.add("A", " \t b \t c \t");
    headers.set("B", "  ");
    CHECK(all(headers) == "A=b \t c;B=;");
}

TEST_CASE("names that are no tokens, and values that would end a line, are refused by name") {
    CHECK(refusal("", "x") == "a header has an empty name");
    CHECK(refusal("a b", "x") == "the header name \"a b\" holds the character 0x20, which no header name may hold");
    CHECK(refusal("a:", "x") == "the header name \"a:\" holds the character 0x3a, which no header name may hold");
    CHECK(refusal("a\r\nb", "x") == "the header name \"a??b\" holds the character 0x0d, which no header name may hold");
    CHECK(refusal("\xc3\xa9", "x").find("0xc3") != std::string::npos);
    CHECK(refusal("A", "b\r\nC: d") == "the value of the header A holds the character 0x0d, which no header may hold");
    CHECK(refusal("A", "b\nc") == "the value of the header A holds the character 0x0a, which no header may hold");
    CHECK(refusal("A", "b\r\n folded") ==
          "the value of the header A holds the character 0x0d, which no header may hold");
    CHECK(refusal("A", "b\0c"sv) == "the value of the header A holds the character 0x00, which no header may hold");
    CHECK(refusal("A", "b\x7f") == "the value of the header A holds the character 0x7f, which no header may hold");
    CHECK(refusal("A", "\n") != "taken");
    CHECK(refusal("A", "b\tc \xff") == "taken");
    CHECK(refusal("!#$%&'*+-.^_`|~0aZ", "") == "taken");
    Headers headers{{"A", "1"}};
    CHECK_THROWS_AS(headers.set("A", "\n2"), Error);
    CHECK(all(headers) == "A=1;");
    CHECK_THROWS_AS((Headers{{"A", "1"}, {"B ", "2"}}), Error);
}

TEST_CASE("a token is found in lists, over several fields and in any case") {
    Headers headers{{"Connection", "keep-alive , Upgrade"}, {"connection", ",,close,"}, {"X", "close"}};
    CHECK(headers.has_token("connection", "close"));
    CHECK(headers.has_token("CONNECTION", "UPGRADE"));
    CHECK(headers.has_token("connection", "Keep-Alive"));
    CHECK_FALSE(headers.has_token("connection", "keep"));
    CHECK_FALSE(headers.has_token("connection", "alive"));
    CHECK_FALSE(headers.has_token("connection", "keep-alive , Upgrade"));
    CHECK_FALSE(headers.has_token("y", "close"));
}
