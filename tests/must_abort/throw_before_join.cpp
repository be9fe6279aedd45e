// expect: a JoinSet was destroyed before its Tasks were joined: by an exception
// What was started is joined (law 2).

#include "must_abort/must_abort.hpp"

#include <corduroy/async/join_set.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>

#include <stdexcept>

namespace must_abort::throw_before_join {

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<> wait() { co_await sleep(1h); }

Task<> careless() {
    Task<> task = wait();
    JoinSet set(JoinSet::Until::all_ended);
    set.start(task);
    co_await yield_now();
    throw std::runtime_error("too early");
}

} // namespace

MUST_ABORT(throw_before_join) { run(careless()); }

} // namespace must_abort::throw_before_join
