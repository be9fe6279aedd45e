#pragma once

#include "support/ring_in_virtual_time.hpp"

#include <corduroy/async/run.hpp>
#include <corduroy/base/unique_function.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string_view>
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

// Whether this run of the program is the one on the real ring: CORDUROY_TEST_KERNEL=ring.
inline bool ring_is_tested() {
    const char* kernel = std::getenv("CORDUROY_TEST_KERNEL");
    return kernel != nullptr && kernel == std::string_view("ring");
}

inline std::size_t open_descriptors() {
    std::filesystem::directory_iterator descriptors("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

// The simulation, as far as it is like the ring below.
class SimulationTest {
public:
    Reactor& reactor() noexcept { return simulation_.reactor(); }
    void spend(Duration time) noexcept { simulation_.world().spend(time); }
    void check_leaks() { simulation_.check_leaks(); }

private:
    sim::Simulation simulation_{sim::SimOptions()};
};

// A ring, and what a test must have brought back to zero when it ends well; the simulation checks that by itself.
class RingTest {
public:
    Reactor& reactor() noexcept { return reactor_; }
    void spend(Duration time) noexcept { kernel_.spend(time); }
    void check_leaks() {
        ReactorStats stats = reactor_.stats();
        CHECK(stats.timers == 0);
        CHECK(stats.tasks == 0);
        CHECK(stats.buffers_out == 0);
        CHECK(open_descriptors() == descriptors_);
    }

private:
    RingInVirtualTime& kernel_ = *new RingInVirtualTime;
    Reactor reactor_{std::unique_ptr<kernel::Kernel>(&kernel_)};
    std::size_t descriptors_ = open_descriptors();
};

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
    auto call = [&](Reactor& reactor, Machine& machine) {
        auto task = [&] {
            if constexpr (takes_machine)
                return body(machine);
            else
                return body();
        };
        return run(reactor, task());
    };
    auto play = [&](auto& environment) {
        Machine machine(environment.reactor(), [&](Duration time) { environment.spend(time); });
        if constexpr (std::is_void_v<decltype(call(machine.reactor(), machine))>) {
            call(machine.reactor(), machine);
            environment.check_leaks();
        } else {
            auto value = call(machine.reactor(), machine);
            environment.check_leaks();
            return value;
        }
    };
    if (testing::ring_is_tested()) {
        testing::RingTest ring;
        return play(ring);
    }
    testing::SimulationTest simulation;
    return play(simulation);
}

} // namespace corduroy
