// What the task tree and the log tell of connections: whom they are to, and not by which descriptor.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/inspect/task_tree.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/net/listener.hpp>
#include <corduroy/net/stream.hpp>
#include <corduroy/testing/run.hpp>

#include "net/both_kernels.hpp"

#include <sys/resource.h>

#include <string>
#include <vector>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;
using namespace std::chrono_literals;

namespace {

// What a Task waits for some time after it has begun, as the task tree has it. It is cancelled then.
template <class T>
Task<std::string> words_of(Task<T> task) {
    std::string words;
    auto wait = [&]() -> Task<> { static_cast<void>(co_await std::move(task)); };
    auto body = [&](TaskGroup& group) -> Task<> {
        group.spawn(wait());
        co_await sleep(10ms);
        words = task_tree().entries().back().waits_for;
        group.cancel();
    };
    co_await with_task_group(body);
    co_return words;
}

// The lines that the library tells, as "level topic text".
class Log {
public:
    Log() {
        Reactor::current().on_log(LogLevel::debug, [this](const LogRecord& record) {
            lines_.push_back(std::string(log_level_name(record.level)) + " " + std::string(record.topic) + " " +
                             std::string(record.text));
        });
    }
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    ~Log() { Reactor::current().on_log(LogLevel::none, {}); }

    bool has(const std::string& line) const {
        for (const std::string& one : lines_)
            if (one == line) return true;
        for (const std::string& one : lines_) MESSAGE(one);
        return false;
    }

private:
    std::vector<std::string> lines_;
};

} // namespace

TEST_SUITE("words") {
    TEST_CASE("the task tree names the peer that is waited for, where that is a connection") {
        auto body = [](sim::World& world) -> Task<> {
            Listener listener = co_await listen("127.0.0.1:0");
            std::string here = listener.address().to_string();
            CHECK(co_await words_of(listener.accept()) == "accept on " + here);
            Stream client = co_await connect(listener.address());
            Stream server = co_await listener.accept();
            std::string peer = server.peer_address().to_string();
            CHECK(co_await words_of(client.read_line()) == "receive from " + here);
            CHECK(co_await words_of(server.read_line()) == "receive from " + peer);
            std::string much(16 << 20, 'x');
            CHECK(co_await words_of(client.write_all(much)) == "send to " + here);
            Stream other = co_await connect(listener.address());
            other.write_soon(much);
            std::string flushing = co_await words_of(other.flush());
            CHECK(flushing.starts_with("end of what is being sent on descriptor "));

            world.host("slow.test").lookup_hangs();
            CHECK(co_await words_of(connect("slow.test:80").into_task()) == "look up slow.test");
            world.host("far.test").latency(1s);
            std::string words = co_await words_of(connect("far.test:80").into_task());
            CAPTURE(words);
            CHECK(words.starts_with("connect to "));
            CHECK(words.ends_with(":80"));
        };
        sim::run(body);
    }

    TEST_CASE("the log tells of connections that come about or not, of listeners, and of names") {
        auto body = []() -> Task<> {
            Log log;
            std::string here;
            {
                Listener listener = co_await listen("127.0.0.1:0");
                here = listener.address().to_string();
                CHECK(log.has("info net listens on " + here));
                Stream client = co_await connect(listener.address());
                CHECK(log.has("debug net connect to " + here + " succeeded"));
            }
            CHECK(log.has("info net stopped to listen on " + here));
            auto refused = co_await attempt(connect(here));
            CHECK(log.has("debug net connect to " + here + " failed: Connection refused"));
            auto unknown = co_await attempt(connect("no.invalid:80"));
            CHECK(log.has("debug net look up no.invalid failed: no such host"));
        };
        on_both_kernels(body);
    }

    TEST_CASE("a connection that breaks is told of, and one that this side aborts is not") {
        auto body = []() -> Task<> {
            Log log;
            auto [one, other] = stream_pair();
            one.write_soon("unread");
            co_await sleep(1ms);
            other.abort();
            auto broken = co_await attempt(one.read_line());
            CHECK(log.has("debug net " + broken.failure().message()));
            auto aborted = co_await attempt(other.read_line());
            CHECK_FALSE(aborted.has_value());
        };
        on_both_kernels(body);
    }
}
