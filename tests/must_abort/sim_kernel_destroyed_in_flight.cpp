// expect: corduroy: a kernel was destroyed with operations in flight
#include <corduroy/testing/sim_kernel.hpp>

using namespace corduroy;

int main() {
    kernel::Operation timer([](kernel::Operation&, const kernel::Completion&) noexcept {});
    sim::SimKernel kernel;
    timer.description = {.opcode = kernel::Opcode::timer, .deadline = kernel.now() + std::chrono::seconds(1)};
    kernel.submit(timer);
}
