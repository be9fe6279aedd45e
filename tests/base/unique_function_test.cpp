#include <corduroy/base/unique_function.hpp>

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

using corduroy::UniqueFunction;

namespace {

// Counts its living instances.
struct Counted {
    explicit Counted(int& living) : living(&living) { ++living; }
    Counted(const Counted& other) : living(other.living) { ++*living; }
    Counted(Counted&& other) noexcept : living(other.living) { ++*living; }
    ~Counted() { --*living; }
    int* living;
};

struct ThrowsWhenMoved {
    ThrowsWhenMoved() = default;
    ThrowsWhenMoved(const ThrowsWhenMoved&) = default;
    ThrowsWhenMoved(ThrowsWhenMoved&&) noexcept(false) {}
    int operator()() const { return 5; }
};

int twice(int value) { return 2 * value; }

struct Account {
    long balance = 0;
    void pay_in(int amount) { balance += amount; }
};

} // namespace

TEST_CASE("a UniqueFunction owns a callable that cannot be copied") {
    UniqueFunction<int(int)> add = [base = std::make_unique<int>(40)](int value) { return *base + value; };
    CHECK(add(2) == 42);
    UniqueFunction<int(int)> moved = std::move(add);
    CHECK(!add);
    CHECK(moved(3) == 43);
    static_assert(!std::is_copy_constructible_v<UniqueFunction<void()>>);
    static_assert(std::is_nothrow_move_constructible_v<UniqueFunction<void()>>);
    static_assert(std::is_nothrow_move_assignable_v<UniqueFunction<void()>>);
    static_assert(sizeof(UniqueFunction<void()>) == 64);
}

TEST_CASE("a UniqueFunction is empty by default, from nullptr, from a null pointer, and when moved from") {
    UniqueFunction<int(int)> none;
    CHECK(!none);
    none = nullptr;
    CHECK(!none);
    int (*null_function)(int) = nullptr;
    UniqueFunction<int(int)> from_null = null_function;
    CHECK(!from_null);
    UniqueFunction<int(int)> function = &twice;
    CHECK(function);
    CHECK(function(4) == 8);
    function = nullptr;
    CHECK(!function);
}

TEST_CASE("a small and a large callable are each destroyed exactly once") {
    int living = 0;
    auto exercise = [&living](auto callable) {
        {
            UniqueFunction<int()> first = std::move(callable);
            UniqueFunction<int()> second = std::move(first);
            UniqueFunction<int()> third;
            third = std::move(second);
            CHECK(third() == living);
            auto& self = third;
            third = std::move(self);
            CHECK(third);
            third = [] { return 7; };
            CHECK(third() == 7);
        }
    };
    exercise([counted = Counted(living)] { return *counted.living; });
    CHECK(living == 0);
    exercise([counted = Counted(living), large = std::array<char, 200>()] { return *counted.living + large[0]; });
    CHECK(living == 0);
}

TEST_CASE("a callable whose move may throw lives outside and is not moved again") {
    UniqueFunction<int()> function = ThrowsWhenMoved();
    UniqueFunction<int()> moved = std::move(function);
    CHECK(moved() == 5);
}

TEST_CASE("a callable keeps its own state from call to call") {
    UniqueFunction<int()> count = [n = 0]() mutable { return ++n; };
    count();
    UniqueFunction<int()> moved = std::move(count);
    CHECK(moved() == 2);
}

TEST_CASE("arguments and results pass as they are: references, moved values, discarded results") {
    UniqueFunction<std::string&(std::string&)> append = [](std::string& text) -> std::string& { return text += "!"; };
    std::string text = "hey";
    CHECK(&append(text) == &text);
    CHECK(text == "hey!");

    UniqueFunction<int(std::unique_ptr<int>)> take = [](std::unique_ptr<int> value) { return *value; };
    CHECK(take(std::make_unique<int>(9)) == 9);

    UniqueFunction<void(int)> discard = &twice;
    discard(1);

    Account account;
    UniqueFunction<void(Account&, int)> pay_in = &Account::pay_in;
    pay_in(account, 12);
    CHECK(account.balance == 12);
}

TEST_CASE("what the callable throws comes through") {
    UniqueFunction<void()> fail = [] { throw std::runtime_error("no"); };
    CHECK_THROWS_AS(fail(), std::runtime_error);
    CHECK(fail);
}
