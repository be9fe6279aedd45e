// expect: corduroy: a kernel was destroyed with operations in flight

#include "must_abort/must_abort.hpp"

#include <corduroy/testing/sim_kernel.hpp>

namespace must_abort::sim_kernel_destroyed_in_flight {

using namespace corduroy;

MUST_ABORT(sim_kernel_destroyed_in_flight) {
    kernel::Operation timer([](kernel::Operation&, const kernel::Completion&) noexcept {});
    sim::SimKernel kernel;
    timer.description = {.opcode = kernel::Opcode::timer, .deadline = kernel.now() + std::chrono::seconds(1)};
    kernel.submit(timer);
}

} // namespace must_abort::sim_kernel_destroyed_in_flight
