// expect: a JoinSet was destroyed before its Tasks were joined: by an exception
// What was started is joined (law 2).

#include <corduroy/async/join_set.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>

#include <stdexcept>

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

int main() { run(careless()); }
