// expect: a Task was started twice
// A Task is awaited once.

#include <corduroy/async/run.hpp>

using namespace corduroy;

namespace {

Task<> nothing() { co_return; }

Task<> careless() {
    Task<> task = nothing();
    co_await std::move(task);
    co_await std::move(task);
}

} // namespace

int main() { run(careless()); }
