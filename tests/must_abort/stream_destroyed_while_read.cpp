// expect: a stream was destroyed while a coroutine reads it, since .*stream_destroyed_while_read.cpp:19
// Its operation would outlive the descriptor (law 2).

#include "must_abort/must_abort.hpp"

#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/net/stream.hpp>
#include <corduroy/testing/run.hpp>

#include <optional>

namespace must_abort::stream_destroyed_while_read {

using namespace corduroy;

namespace {

Task<> read(net::Stream& stream) { co_await stream.read_line(); }

Task<> drop_while_read() {
    auto [one, other] = net::stream_pair();
    std::optional<net::Stream> dropped(std::move(one));
    auto body = [&](TaskGroup& group) -> Task<> {
        group.spawn(read(*dropped));
        co_await yield_now();
        dropped.reset();
    };
    co_await with_task_group(body);
}

} // namespace

MUST_ABORT(stream_destroyed_while_read) { sim::run(drop_while_read); }

} // namespace must_abort::stream_destroyed_while_read
