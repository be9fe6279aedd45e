// The code of docs/deferred.md.

#include <corduroy/async/adapt/as_future.hpp>
#include <corduroy/async/adapt/from_awaitable.hpp>
#include <corduroy/async/adapt/from_callback.hpp>
#include <corduroy/async/adapt/from_future.hpp>
#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/deferred/log_error.hpp>
#include <corduroy/async/deferred/maybe_deferred.hpp>
#include <corduroy/async/deferred/shared_deferred.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

#include <coroutine>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<std::string> fetch(std::string url) {
    co_await sleep(1s);
    if (url.starts_with("ftp:")) throw Error("no such scheme");
    if (url.starts_with("slow:")) co_await sleep(1h);
    co_return "<title>" + url + "</title>";
}

std::string find_title(const std::string& page) { return page.substr(7, page.size() - 15); }

namespace callbacks {

Deferred<std::string> title_of(std::string url) {
    return ensure_deferred(fetch(url)).add_callback(find_title).add_errback([url](Failure failure) {
        return url + ": " + failure.message();
    });
}

} // namespace callbacks

namespace coroutine {

Task<std::string> title_of(std::string url) {
    try {
        std::string page = co_await fetch(url);
        co_return find_title(page);
    } catch (const std::exception& error) {
        co_return url + ": " + error.what();
    }
}

} // namespace coroutine

// Something that happens once, and tells.
class Button {
public:
    void on_press(std::function<void(std::string)> call) { call_ = std::move(call); }
    void forget() { call_ = nullptr; }
    void press(std::string by) {
        if (call_) std::exchange(call_, nullptr)(std::move(by));
    }
    bool watched() const { return call_ != nullptr; }

private:
    std::function<void(std::string)> call_;
};

Deferred<std::string> next_press(Button& button) {
    Deferred<std::string> press([&button] { button.forget(); });
    button.on_press([source = press.source()](std::string by) { source.callback(by); });
    return press;
}

std::string cached_page() { return "<title>from the cache</title>"; }

Deferred<std::string> page_or_cached(std::string url) {
    return ensure_deferred(fetch(url)).add_timeout(10s).add_errback([](Failure failure) {
        failure.trap<TimeoutError>(); // anything else goes on from here
        return cached_page();
    });
}

Deferred<std::string> page_or_mirror(std::string url) {
    return ensure_deferred(fetch(url)).add_errback([](Failure) { return fetch("http://mirror/"); });
}

int files_open = 0;

Deferred<std::string> with_a_file(std::string url) {
    ++files_open;
    return ensure_deferred(fetch(url)).add_both([](Result<std::string> result) {
        --files_open; // either way
        return result;
    });
}

struct Config {
    std::string name;
};

int loads = 0;

Task<Config> load_config() {
    co_await sleep(1s);
    ++loads;
    co_return Config{"main"};
}

class Program {
public:
    Program() : config_(ensure_deferred(load_config())) {}

    Task<std::string> greet(std::string guest) {
        const Config& config = co_await config_;
        co_return config.name + " greets " + guest;
    }

private:
    SharedDeferred<Config> config_;
};

// A library as C has them.
extern "C" {
typedef void (*lookup_done)(void* context, int status, const char* address);

static void lookup_begin(const char* name, lookup_done done, void* context) {
    Reactor::current().call_later(1s, [=, known = std::string(name) == "localhost"] {
        done(context, known ? 0 : 3, known ? "127.0.0.1" : nullptr);
    });
}
static const char* lookup_error(int) { return "no such name"; }
}

Task<std::string> look_up(std::string name) {
    auto begin = [&](auto function, void* context) { lookup_begin(name.c_str(), function, context); };
    auto convert = [](int status, const char* address) {
        if (status != 0) throw Error(std::string("look-up failed: ") + lookup_error(status));
        return std::string(address);
    };
    co_return co_await from_callback(begin, convert);
}

namespace other_library {

// Its awaitable goes on in a thread of its own.
class Answer {
public:
    explicit Answer(int value) : value_(value) {}
    Answer(Answer&& other) noexcept : value_(other.value_) {}
    ~Answer() {
        if (thread_.joinable()) thread_.join();
    }
    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
        thread_ = std::thread([=] { handle.resume(); });
    }
    int await_resume() { return value_; }

private:
    int value_;
    std::thread thread_;
};

Answer ask(int question) { return Answer(question + 1); }

} // namespace other_library

} // namespace

TEST_CASE("docs/deferred.md: a chain of callbacks and a coroutine do the same") {
    auto body = []() -> Task<> {
        for (std::string url : {"http://a/", "ftp://b/"}) {
            std::string one = co_await callbacks::title_of(url);
            std::string other = co_await coroutine::title_of(url);
            CHECK(one == other);
        }
    };
    sim::run(body);
}

TEST_CASE("docs/deferred.md: a producer fires a Deferred, and a canceller takes it back") {
    auto body = []() -> Task<> {
        Button button;
        Deferred<std::string> press = next_press(button);
        button.press("Ann");
        std::string by = co_await press;
        CHECK(by == "Ann");
        Deferred<std::string> never = next_press(button);
        never.cancel();
        CHECK_FALSE(button.watched());
    };
    sim::run(body);
}

TEST_CASE("docs/deferred.md: errbacks") {
    auto body = []() -> Task<> {
        std::string cached = co_await page_or_cached("slow://a/");
        CHECK(cached == cached_page());
        auto failed = co_await attempt(page_or_cached("ftp://a/"));
        CHECK(failed.failure().message() == "no such scheme");
        std::string mirrored = co_await page_or_mirror("ftp://a/");
        CHECK(mirrored == "<title>http://mirror/</title>");
        auto either = co_await attempt(with_a_file("ftp://a/"));
        CHECK(either.failure().message() == "no such scheme");
        CHECK(files_open == 0);
    };
    sim::run(body);
}

TEST_CASE("docs/deferred.md: steps of other types") {
    auto body = []() -> Task<> {
        Deferred<std::size_t> size = ensure_deferred(fetch("http://a/"))   // Deferred<std::string>
                                         .add_callback(&std::string::size) // Deferred<std::size_t>
                                         .add_callback([](std::size_t n) { return n * 2; });
        std::size_t twice = co_await size;
        CHECK(twice == 2 * std::string("<title>http://a/</title>").size());

        Deferred<int> work;
        DeferredSource<int> source = work.source();
        Deferred<> end = std::move(work).add_callback([](int n) { CHECK(n == 1); });
        end = std::move(end).add_callback([] {}); // one more, behind those there are
        source.callback(1);
        CHECK(end.called());
    };
    sim::run(body);
}

TEST_CASE("docs/deferred.md: one result for several") {
    auto body = []() -> Task<> {
        Program program;
        auto both = co_await gather(program.greet("Ann"), program.greet("Bob"));
        CHECK(both[0] == "main greets Ann");
        CHECK(both[1] == "main greets Bob");
        CHECK(loads == 1);
    };
    sim::run(body);
}

TEST_CASE("docs/deferred.md: forwarding, pausing, describing") {
    auto body = []() -> Task<> {
        Deferred<std::string> ours;
        Deferred<std::string> end = ours.add_errback([](Failure) { return std::string("none"); });
        // Somebody else has a Deferred, and we one that was handed out before.
        ensure_deferred(fetch("http://a/")).forward_to(ours);
        std::string page = co_await end;
        CHECK(page.starts_with("<title>"));

        Deferred<int> ticket;
        int served = 0;
        Deferred<> then = ticket.add_callback([&](int number) { served = number; });
        ticket.pause();
        ticket.callback(7);
        CHECK(served == 0);
        ticket.unpause();
        CHECK(served == 7);
        CHECK(then.description().ends_with("current result: nothing"));
    };
    sim::run(body);
}

TEST_CASE("docs/deferred.md: whatever it is, a Deferred") {
    auto body = []() -> Task<> {
        std::string known = "http://a/";
        auto title = [&](std::string url) {
            // A value where it is known, a Task where it is not: both as a Deferred.
            return url == known ? succeed(std::string("a")) : ensure_deferred(fetch(url)).add_callback(find_title);
        };
        std::string one = co_await title("http://a/");
        std::string other = co_await title("http://b/");
        CHECK(one == "a");
        CHECK(other == "http://b/");
        Deferred<int> number = execute([] { return std::stoi("forty"); });
        auto outcome = co_await attempt(std::move(number).add_errback(log_error));
        CHECK_FALSE(outcome);
    };
    auto quiet = [&](sim::World& world) -> Task<> {
        world.reactor().on_unhandled([](const Failure&, std::string_view) {});
        co_await body();
    };
    sim::run(quiet);
}

TEST_CASE("docs/deferred.md: a C library's callback") {
    auto body = []() -> Task<> {
        std::string address = co_await look_up("localhost");
        CHECK(address == "127.0.0.1");
        auto failed = co_await attempt(look_up("nowhere"));
        CHECK(failed.failure().message() == "look-up failed: no such name");
    };
    sim::run(body);
}

TEST_CASE("docs/deferred.md: futures and foreign awaitables") {
    auto body = []() -> Task<> {
        std::future<int> future = std::async(std::launch::async, [] { return 42; });
        int answer = co_await from_future(std::move(future));
        CHECK(answer == 42);

        int other = co_await from_awaitable(other_library::ask(1));
        CHECK(other == 2);

        // For a thread that waits by a future: here it has come already.
        std::future<std::string> page = as_future(succeed(std::string("page")));
        CHECK(page.get() == "page");
    };
    run(body());
}
