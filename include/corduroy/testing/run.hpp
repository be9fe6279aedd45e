#pragma once

#include <corduroy/async/run.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/testing/sim_kernel.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace corduroy::sim {

// What a simulated program can see of the simulation.
class World {
public:
    World(Reactor& reactor, SimKernel& kernel) noexcept : reactor_(reactor), kernel_(kernel) {}

    Reactor& reactor() noexcept { return reactor_; }
    SimKernel& kernel() noexcept { return kernel_; }

    // The virtual time that has passed since the start.
    Duration elapsed() const noexcept { return kernel_.now() - SimKernel::start; }

    // Has a signal come to the program, see SignalReceiver. False where no receiver is for it.
    bool raise(int number) { return kernel_.raise(number); }

    // Has the step that runs now take so much virtual time, in which nothing else goes on.
    void spend(Duration time) noexcept { kernel_.spend(time); }

private:
    Reactor& reactor_;
    SimKernel& kernel_;
};

// Runs `body(world)`, or `body()`, which gives a Task, on a simulated kernel of its own, in virtual time: a plain
// function for any test framework. Gives the Task's value or throws what it threw; a program that can never go on
// throws an Error that begins with "deadlock: ", and one that leaves a descriptor or a buffer behind an Error that says
// so.
template <class Body>
auto run(Body&& body, const SimOptions& options = {}) {
    auto owned = std::make_unique<SimKernel>(options);
    SimKernel& kernel = *owned;
    Reactor reactor(std::move(owned));
    World world(reactor, kernel);
    auto checked = [&] {
        if (kernel.open_descriptors() != 0) throw Error("the program left descriptors open");
        if (kernel.buffers_out() != 0) throw Error("the program kept provided buffers");
    };
    auto call = [&] {
        if constexpr (std::is_invocable_v<Body&, World&>)
            return body(world);
        else
            return body();
    };
    if constexpr (std::is_void_v<task_value_t<decltype(call())>>) {
        corduroy::run(reactor, call());
        checked();
    } else {
        auto value = corduroy::run(reactor, call());
        checked();
        return value;
    }
}

} // namespace corduroy::sim
