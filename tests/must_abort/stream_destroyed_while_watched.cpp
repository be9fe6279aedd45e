// expect: a stream was destroyed while a coroutine waits for its peer to go
// Between two looks at a peer that has ended nothing is in flight that would tell.

#include "must_abort/must_abort.hpp"

#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/net/stream.hpp>
#include <corduroy/testing/run.hpp>

#include <chrono>
#include <optional>

namespace must_abort::stream_destroyed_while_watched {

using namespace corduroy;

namespace {

Task<> watch(net::Stream& stream) { co_await stream.bytes().gone(net::GoneSign::reset); }

Task<> drop_while_watched() {
    auto [one, other] = net::stream_pair();
    std::optional<net::Stream> dropped(std::move(one));
    auto body = [&](TaskGroup& group) -> Task<> {
        group.spawn(watch(*dropped));
        co_await other.shutdown();
        co_await sleep(std::chrono::milliseconds(10));
        dropped.reset();
    };
    co_await with_task_group(body);
}

} // namespace

MUST_ABORT(stream_destroyed_while_watched) { sim::run(drop_while_watched); }

} // namespace must_abort::stream_destroyed_while_watched
