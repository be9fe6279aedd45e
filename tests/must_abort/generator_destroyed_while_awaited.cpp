// expect: a generator was destroyed while an item of it was awaited; it waits at .*generator_destroyed_while_awaited
// What a generator awaits must end before its frame does (law 2); between two items it may be dropped.

#include "must_abort/must_abort.hpp"

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>

#include <optional>

namespace must_abort::generator_destroyed_while_awaited {

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

AsyncGenerator<int> count_slowly() {
    for (int i = 0;; ++i) {
        co_await sleep(1h);
        co_yield i;
    }
}

Task<> ask(std::optional<AsyncGenerator<int>>& numbers) { co_await numbers->next(); }

Task<> drop(std::optional<AsyncGenerator<int>>& numbers) {
    co_await yield_now();
    numbers.reset();
}

Task<> careless() {
    std::optional<AsyncGenerator<int>> numbers = count_slowly();
    co_await gather(ask(numbers), drop(numbers));
}

} // namespace

MUST_ABORT(generator_destroyed_while_awaited) { run(careless()); }

} // namespace must_abort::generator_destroyed_while_awaited
