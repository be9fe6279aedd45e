// expect: an operation was destroyed while the kernel still works on it
// A record must outlive its last completion (law 2).

#include "must_abort/must_abort.hpp"

#include <corduroy/kernel/uring_kernel.hpp>

#include <memory>

namespace must_abort::destroyed_in_flight {

using namespace corduroy::kernel;

MUST_ABORT(destroyed_in_flight) {
    auto kernel = make_uring_kernel();
    auto operation = std::make_unique<Operation>([](Operation&, const Completion&) noexcept {});
    kernel->submit(*operation);
    operation.reset();
}

} // namespace must_abort::destroyed_in_flight
