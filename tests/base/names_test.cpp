#include <corduroy/base/names.hpp>

#include <doctest/doctest.h>

#include <coroutine>
#include <stdexcept>

using namespace corduroy;

namespace {

struct Ready {
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    void await_resume() const noexcept {}
};

// A coroutine that notes where it awaits.
struct Noting {
    struct promise_type {
        Noting get_return_object() const noexcept { return {}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        void unhandled_exception() const noexcept {}
        Ready await_transform(Ready ready, std::source_location site = std::source_location::current()) const {
            last_site = site;
            return ready;
        }
    };
    static inline std::source_location last_site;
};

Noting walk_the_dog(std::string name, int) {
    Ready ready;
    co_await ready;
    static_cast<void>(name);
}

struct Kennel {
    template <class T>
    Noting open(T) const {
        Ready ready;
        co_await ready;
    }
};

std::string last_function() { return readable_function(Noting::last_site.function_name()); }

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("the function of an await site is the coroutine, readable on every compiler") {
    walk_the_dog("Rex", 1);
    CHECK(contains(last_function(), "walk_the_dog(std::string, int)"));
    CHECK(!contains(last_function(), "Frame"));
    CHECK(!contains(last_function(), "_Z"));

    Kennel().open(3);
    CHECK(contains(last_function(), "Kennel::open"));
    CHECK(!contains(last_function(), "Frame"));

    auto closure = [](int) -> Noting {
        Ready ready;
        co_await ready;
    };
    closure(1);
    CHECK(contains(last_function(), "operator()"));
    CHECK(!contains(last_function(), "Frame"));
}

TEST_CASE("GCC's name for a coroutine's body becomes the coroutine's") {
    CHECK(readable_function("void app::go(go(int)::_ZN3app2goEi.Frame*)") == "app::go(int)");
    CHECK(readable_function("void noargs(noargs()::_Z6noargsv.Frame*)") == "noargs()");
    CHECK(readable_function(
              "void main()::<lambda(int)>::operator()(main()::<lambda(int)>::_ZZ4mainENKUliE_clEi.Frame*)") ==
          "main::{lambda(int)#1}::operator()(int) const");
    CHECK(readable_function("void plain_name(plain_name()::plain_name.Frame*)") == "plain_name");
    CHECK(readable_function("int ordinary(char)") == "int ordinary(char)");
    CHECK(readable_function("") == "");
}

TEST_CASE("types have the names they have in the source") {
    CHECK(readable_type(typeid(std::runtime_error)) == "std::runtime_error");
    CHECK(readable_type(typeid(int)) == "int");
    CHECK(readable_type(typeid(std::string)) == "std::string");
}

TEST_CASE("a site is file, line and function") {
    std::source_location here = std::source_location::current();
    std::string text = site_text(here);
    CHECK(contains(text, "names_test.cpp:" + std::to_string(here.line()) + " "));
}
