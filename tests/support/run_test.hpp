#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/base/unique_function.hpp>
#include <corduroy/reactor/reactor.hpp>
#include <corduroy/testing/run.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

namespace corduroy {

// What the body of a test can see of the kernel that it runs on, whichever that is.
class Machine {
public:
    Machine(Reactor& reactor, UniqueFunction<void(Duration)> spend)
        : reactor_(reactor), start_(reactor.kernel().now()), spend_(std::move(spend)) {}

    Reactor& reactor() noexcept { return reactor_; }
    // The virtual time that has passed since the start.
    Duration elapsed() const noexcept { return reactor_.kernel().now() - start_; }
    // Has the step that runs now take so much virtual time.
    void spend(Duration time) { spend_(time); }

private:
    Reactor& reactor_;
    TimePoint start_;
    UniqueFunction<void(Duration)> spend_;
};

namespace testing {

using TestBody = UniqueFunction<Task<>(Machine&)>;

// What run_test does, with a body whose type is always the same: it is compiled once.
void play(TestBody body);

// Whether this run of the program is the one on the real ring: CORDUROY_TEST_KERNEL=ring.
bool ring_is_tested();

std::size_t open_descriptors();

} // namespace testing

// Runs the body of a test, `body(machine)` or `body()`, in virtual time on the kernel that this program is run for: the
// simulated one, and, where it is run once more with CORDUROY_TEST_KERNEL=ring, the real one. Its value is the body's,
// it throws what that throws, and what is left open fails it on both. Bodies that need what the simulation alone has,
// which is a World with its hosts, seeds and signals, or the words of a deadlock, are run by sim::run, in both runs of
// the program.
template <class Body>
auto run_test(Body&& body) {
    constexpr bool takes_machine = std::is_invocable_v<Body&, Machine&>;
    static_assert(takes_machine || std::is_invocable_v<Body&>, "a body that needs a World is run by sim::run");
    auto call = [&](Machine& machine) {
        if constexpr (takes_machine)
            return body(machine);
        else
            return body();
    };
    using Value = task_value_t<decltype(call(std::declval<Machine&>()))>;
    if constexpr (std::is_void_v<Value>) {
        testing::play([&](Machine& machine) { return to_task(call(machine)); });
    } else {
        std::optional<Value> value;
        testing::play([&](Machine& machine) -> Task<> { value = co_await call(machine); });
        return std::move(*value);
    }
}

} // namespace corduroy
