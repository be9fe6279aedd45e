// expect: a JoinSet was destroyed before its Tasks were joined
// A generator joins what it has started before it yields: dropped there, it would leave the Tasks running.

#include "must_abort/must_abort.hpp"

#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/join_set.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>

namespace must_abort::yield_before_join {

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<> wait() { co_await sleep(1h); }

AsyncGenerator<int> yield_with_work_under_way() {
    Task<> task = wait();
    JoinSet set(JoinSet::Until::all_ended);
    set.start(task);
    co_yield 1;
    co_await set.join();
}

Task<> careless() {
    AsyncGenerator<int> numbers = yield_with_work_under_way();
    co_await numbers.next();
}

} // namespace

MUST_ABORT(yield_before_join) { run(careless()); }

} // namespace must_abort::yield_before_join
