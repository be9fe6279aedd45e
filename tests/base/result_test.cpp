#include <corduroy/base/result.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>

using namespace corduroy;

namespace {

Failure no_luck() { return Failure::of(std::runtime_error("no luck")); }

Result<std::string> greet(bool well) {
    if (!well) return no_luck();
    return "hello";
}

} // namespace

TEST_CASE("a Result holds a value or a failure, and says which") {
    Result<std::string> good = greet(true);
    CHECK(good);
    CHECK(good.has_value());
    CHECK(good.value() == "hello");
    CHECK(*good == "hello");
    CHECK(good->size() == 5);
    good.value() += "!";
    CHECK(*good == "hello!");
    CHECK(!good.failure());

    Result<std::string> bad = greet(false);
    CHECK(!bad);
    CHECK(bad.failure().message() == "no luck");
}

TEST_CASE("asking a failed Result for its value throws the failure, whichever way one asks") {
    Result<std::string> bad = greet(false);
    const Result<std::string>& unchangeable = bad;
    CHECK_THROWS_AS(static_cast<void>(bad.value()), std::runtime_error);
    CHECK_THROWS_AS(static_cast<void>(*bad), std::runtime_error);
    CHECK_THROWS_AS(static_cast<void>(bad->size()), std::runtime_error);
    CHECK_THROWS_AS(static_cast<void>(unchangeable.value()), std::runtime_error);
    CHECK_THROWS_AS(static_cast<void>(unchangeable->size()), std::runtime_error);
    CHECK_THROWS_AS(static_cast<void>(std::move(bad).value()), std::runtime_error);
}

TEST_CASE("value_or gives the other value in place of a failure") {
    CHECK(greet(true).value_or("bye") == "hello");
    CHECK(greet(false).value_or("bye") == "bye");
    const Result<std::string> kept = greet(false);
    CHECK(kept.value_or("bye") == "bye");
}

TEST_CASE("a Result holds what can only be moved") {
    Result<std::unique_ptr<int>> result = std::make_unique<int>(4);
    CHECK(**result == 4);
    Result<std::unique_ptr<int>> moved = std::move(result);
    std::unique_ptr<int> taken = std::move(moved).value();
    CHECK(*taken == 4);
    CHECK(Result<std::unique_ptr<int>>(no_luck()).value_or(nullptr) == nullptr);
    static_assert(!std::is_copy_constructible_v<Result<std::unique_ptr<int>>>);
    static_assert(std::is_nothrow_move_constructible_v<Result<std::unique_ptr<int>>>);
}

TEST_CASE("a Result of a reference refers to what it was made of") {
    int number = 1;
    int other = 2;
    Result<int&> result = number;
    result.value() = 5;
    CHECK(number == 5);
    CHECK(&*result == &number);
    CHECK(&result.value_or(other) == &number);
    Result<int&> bad = no_luck();
    CHECK(&bad.value_or(other) == &other);
    CHECK_THROWS_AS(bad.value(), std::runtime_error);
    static_assert(!std::is_constructible_v<Result<const int&>, int>);
}

TEST_CASE("a Result<void> is success or a failure") {
    Result<void> good;
    CHECK(good);
    CHECK_NOTHROW(good.value());
    Result<void> bad = no_luck();
    CHECK(!bad);
    CHECK_THROWS_AS(bad.value(), std::runtime_error);
    CHECK_THROWS_AS(*bad, std::runtime_error);
}

TEST_CASE("the failure can be moved out, and a Result be assigned anew") {
    Result<int> result = no_luck();
    Failure failure = std::move(result).failure();
    CHECK(failure.message() == "no luck");
    result = 3;
    CHECK(result.value() == 3);
    result = std::move(failure);
    CHECK(!result);
    Result deduced(2.5);
    static_assert(std::is_same_v<decltype(deduced), Result<double>>);
    CHECK(*deduced == 2.5);
    CHECK(!*Result<bool>(false));
    CHECK(Result<bool>(false));
}
