// expect: a Task was started twice
// A Task is awaited once.

#include "must_abort/must_abort.hpp"

#include <corduroy/async/run.hpp>

namespace must_abort::started_twice {

using namespace corduroy;

namespace {

Task<> nothing() { co_return; }

Task<> careless() {
    Task<> task = nothing();
    co_await std::move(task);
    co_await std::move(task);
}

} // namespace

MUST_ABORT(started_twice) { run(careless()); }

} // namespace must_abort::started_twice
