#include "support/run_test.hpp"

#include "support/ring_in_virtual_time.hpp"

#include <corduroy/async/run.hpp>
#include <corduroy/testing/simulation.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string_view>

namespace corduroy::testing {

namespace {

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

template <class Environment>
void play_in(TestBody& body) {
    Environment environment;
    Machine machine(environment.reactor(), [&](Duration time) { environment.spend(time); });
    run(environment.reactor(), body(machine));
    environment.check_leaks();
}

} // namespace

bool ring_is_tested() {
    const char* kernel = std::getenv("CORDUROY_TEST_KERNEL");
    return kernel != nullptr && kernel == std::string_view("ring");
}

std::size_t open_descriptors() {
    std::filesystem::directory_iterator descriptors("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

void play(TestBody body) {
    if (ring_is_tested())
        play_in<RingTest>(body);
    else
        play_in<SimulationTest>(body);
}

} // namespace corduroy::testing
