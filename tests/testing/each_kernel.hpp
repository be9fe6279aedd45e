#pragma once

#include "testing/kernel_driver.hpp"

#include <corduroy/base/error.hpp>

#include <string>

namespace corduroy::testing {

inline std::unique_ptr<Kernel> simulated() { return std::make_unique<sim::SimKernel>(); }

inline std::unique_ptr<Kernel> shuffled() {
    return std::make_unique<sim::SimKernel>(sim::SimOptions{.seed = 7, .shuffle_completions = true});
}

// Null where the machine forbids it.
inline std::unique_ptr<Kernel> uring_with(const kernel::UringOptions& options) {
    try {
        return kernel::make_uring_kernel(options);
    } catch (const IoError& error) {
        MESSAGE("not run on the real ring: " << std::string(error.what()));
        return nullptr;
    }
}

inline std::unique_ptr<Kernel> uring() { return uring_with({}); }

struct KernelFactory {
    const char* name;
    std::unique_ptr<Kernel> (*make)();
};

inline constexpr KernelFactory kernels[] = {{"simulated", simulated}, {"shuffled", shuffled}, {"io_uring", uring}};

// Runs the body on each kernel that is to be had, and sees that nothing is left behind.
template <class Body>
void on_each_kernel(Body body) {
    for (const KernelFactory& factory : kernels) {
        INFO("on the kernel: " << std::string(factory.name));
        auto kernel = factory.make();
        if (!kernel) continue;
        body(*kernel);
        CHECK(kernel->in_flight() == 0);
        CHECK(kernel->buffers_out() == 0);
        if (auto* simulated = dynamic_cast<sim::SimKernel*>(kernel.get())) CHECK(simulated->open_descriptors() == 0);
    }
}

} // namespace corduroy::testing
