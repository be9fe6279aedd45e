#include <corduroy/base/failure.hpp>

#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace corduroy;

namespace {

struct Odd {
    int number;
};

Failure refused() { return Failure::of(IoError("connect to 127.0.0.1:9", ECONNREFUSED)); }

// Stands for the place a failure comes through; each call is one of its own line.
std::source_location here(std::source_location site = std::source_location::current()) { return site; }

} // namespace

namespace corduroy::detail {
static std::source_location within() { return std::source_location::current(); }
} // namespace corduroy::detail

TEST_CASE("a Failure says what failed: the exception's words, or the type of a stranger") {
    CHECK(refused().message() == "connect to 127.0.0.1:9 failed: Connection refused");
    CHECK(refused().type() == "corduroy::IoError");
    CHECK(Failure::of(7).message() == "unknown exception int");
    std::string odd = Failure::of(Odd{3}).message();
    CHECK(odd.starts_with("unknown exception "));
    CHECK(odd.ends_with("::Odd"));
}

TEST_CASE("a cancellation is told as such, with the phase it struck in") {
    Cancelled cancelled;
    CHECK(Failure::of(cancelled).message() == "cancelled");
    cancelled.during("connect to 10.0.0.1:80");
    CHECK(Failure::of(cancelled).message() == "connect to 10.0.0.1:80 was cancelled");
}

TEST_CASE("a cancellation is told with its reason, where there is one") {
    Cancelled cancelled("the user pressed stop");
    CHECK(cancelled.reason() == "the user pressed stop");
    CHECK(Failure::of(cancelled).message() == "cancelled: the user pressed stop");
    cancelled.during("connect to 10.0.0.1:80");
    CHECK(Failure::of(cancelled).message() == "connect to 10.0.0.1:80 was cancelled: the user pressed stop");
}

TEST_CASE("a failure told by another exception keeps its way and what rode along; alone it keeps its way") {
    Failure failure = refused();
    failure.add_site(here());
    failure.add_suppressed(Failure::of(7));
    Failure told = failure.retold(std::make_exception_ptr(TimeoutError("connect", std::chrono::seconds(1))));
    CHECK(told.message() == "connect timed out after 1 s");
    CHECK(told.sites().size() == 1);
    REQUIRE(told.suppressed().size() == 1);
    CHECK(told.suppressed()[0].message() == "unknown exception int");
    told.add_site(here());
    CHECK(failure.sites().size() == 1);
    Failure alone = failure.alone();
    CHECK(alone.exception() == failure.exception());
    CHECK(alone.sites().size() == 1);
    CHECK(alone.suppressed().empty());
}

TEST_CASE("current() keeps the exception that is being handled, and the same one is thrown again") {
    Failure failure;
    const std::exception* thrown = nullptr;
    try {
        throw std::out_of_range("too far");
    } catch (const std::exception& error) {
        failure = Failure::current();
        thrown = &error;
    }
    try {
        failure.rethrow();
    } catch (const std::out_of_range& error) {
        CHECK(&error == thrown);
    }
    CHECK_THROWS_AS(failure.rethrow(), std::out_of_range);
}

TEST_CASE("an empty Failure is false, has nothing to tell, and is none of any type") {
    Failure empty;
    CHECK(!empty);
    CHECK(!Failure::current());
    CHECK(!Failure(std::exception_ptr()));
    CHECK(empty.message() == "no failure");
    CHECK(empty.traceback() == "no failure");
    CHECK(!empty.check<std::exception>());
    Failure full = refused();
    Failure moved = std::move(full);
    CHECK(!full);
    CHECK(moved);
}

TEST_CASE("check asks for any of several types, and their bases") {
    Failure failure = refused();
    CHECK(failure.check<IoError>());
    CHECK(failure.check<std::exception>());
    CHECK(failure.check<Cancelled, std::logic_error, Error>());
    CHECK(!failure.check<Cancelled, std::logic_error>());
    CHECK(!failure.check<>());
    CHECK(!Failure::of(Cancelled()).check<std::exception>());
    CHECK(Failure::of(Cancelled()).cancelled());
    CHECK(!failure.cancelled());
    CHECK(!Failure().cancelled());
    CHECK(Failure::of(3).check<int>());
}

TEST_CASE("trap gives the exception of the type it names, and throws any other on") {
    Failure failure = refused();
    const IoError& error = failure.trap<IoError>();
    CHECK(error.code() == std::errc::connection_refused);
    CHECK_NOTHROW(failure.trap<Error>());
    CHECK_THROWS_AS(failure.trap<TimeoutError>(), IoError);
    CHECK_THROWS_AS(failure.trap<>(), IoError);
}

TEST_CASE("trap tells which of several types it was") {
    Failure failure = refused();
    CHECK(failure.trap<TimeoutError, IoError, Error>() == 1);
    CHECK(failure.trap<Error, IoError>() == 0);
    CHECK_THROWS_AS((failure.trap<TimeoutError, ResolveError>()), IoError);
}

TEST_CASE("as gives the exception itself, as long as a copy of the Failure is kept, or null") {
    const IoError* error = nullptr;
    Failure kept;
    {
        Failure failure = refused();
        error = failure.as<IoError>();
        kept = failure;
    }
    REQUIRE(error != nullptr);
    CHECK(error->code() == std::errc::connection_refused);
    CHECK(kept.as<IoError>() == error);
    CHECK(kept.as<TimeoutError>() == nullptr);
    CHECK(Failure().as<IoError>() == nullptr);
    CHECK(*Failure::of(7).as<int>() == 7);
}

TEST_CASE("the traceback has the message, a line for each site but our own, and the failures that rode along") {
    Failure failure = refused();
    std::source_location inner = here();
    std::source_location outer = here();
    failure.add_site(inner);
    failure.add_site(detail::within());
    failure.add_site(outer);
    Failure other = Failure::of(std::runtime_error("a second thing"));
    other.add_site(inner);
    failure.add_suppressed(other);

    CHECK(failure.sites().size() == 3);
    CHECK(failure.sites()[0].line() == inner.line());
    CHECK(failure.sites()[2].line() == outer.line());
    std::string function = std::string(" ") + inner.function_name();
    std::string inner_line = std::string(inner.file_name()) + ":" + std::to_string(inner.line()) + function;
    std::string outer_line = std::string(outer.file_name()) + ":" + std::to_string(outer.line()) + function;
    CHECK(failure.traceback() == "corduroy::IoError: connect to 127.0.0.1:9 failed: Connection refused\n"
                                 "  " +
                                     inner_line +
                                     "\n"
                                     "  " +
                                     outer_line +
                                     "\n"
                                     "  suppressed: std::runtime_error: a second thing\n"
                                     "    " +
                                     inner_line);
}

TEST_CASE("a copy has the notes made so far and none of those made later") {
    Failure original = refused();
    original.add_site(here());
    Failure copy = original;
    original.add_site(here());
    copy.add_suppressed(Failure::of(1));
    copy.add_suppressed(Failure::of(2));
    CHECK(original.sites().size() == 2);
    CHECK(original.suppressed().empty());
    CHECK(copy.sites().size() == 1);
    CHECK(copy.suppressed().size() == 2);
    CHECK(copy.exception() == original.exception());
    copy = original;
    CHECK(copy.suppressed().empty());
    auto& self = copy;
    copy = self;
    CHECK(copy.sites().size() == 2);
}

TEST_CASE("what rode along with a suppressed failure rides along beside it") {
    Failure first = refused();
    Failure second = Failure::of(std::runtime_error("second"));
    second.add_site(here());
    second.add_suppressed(Failure::of(std::runtime_error("third")));
    second.add_site(here());
    first.add_suppressed(std::move(second));
    first.add_suppressed(Failure());
    auto suppressed = first.suppressed();
    REQUIRE(suppressed.size() == 2);
    CHECK(suppressed[0].message() == "second");
    CHECK(suppressed[0].sites().size() == 2);
    CHECK(suppressed[0].suppressed().empty());
    CHECK(suppressed[1].message() == "third");
}

TEST_CASE("a failure that came a hundred thousand levels up, each keeping it, is destroyed and told in short") {
    constexpr std::size_t depth = 100'000;
    std::vector<Failure> levels;
    levels.push_back(refused());
    for (std::size_t level = 0; level < depth; ++level) {
        levels.push_back(levels.back());
        levels.back().add_site(here());
    }
    CHECK(levels.front().sites().empty());
    CHECK(levels.back().sites().size() == depth);
    std::string text = levels.back().traceback();
    CHECK(text.find("\n  ... 99900 more ...\n") != std::string::npos);
    CHECK(std::count(text.begin(), text.end(), '\n') == 101);
    Failure last = std::move(levels.back());
    levels.clear();
    last = Failure();
}

TEST_CASE("copies may be extended and dropped in several threads at once") {
    Failure shared = refused();
    shared.add_site(here());
    auto work = [copy = shared] {
        for (int round = 0; round < 1'000; ++round) {
            Failure own = copy;
            own.add_site(here());
            if (own.sites().size() != 2) std::abort();
        }
    };
    std::thread one(work), two(work);
    one.join();
    two.join();
    CHECK(shared.sites().size() == 1);
}
