// expect: an operation was destroyed while the kernel still works on it
// A record must outlive its last completion (law 2).

#include <corduroy/kernel/uring_kernel.hpp>

#include <memory>

using namespace corduroy::kernel;

int main() {
    auto kernel = make_uring_kernel();
    auto operation = std::make_unique<Operation>([](Operation&, const Completion&) noexcept {});
    kernel->submit(*operation);
    operation.reset();
}
