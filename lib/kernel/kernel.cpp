#include <corduroy/kernel/kernel.hpp>

#include <corduroy/base/fatal.hpp>

namespace corduroy::kernel {

void Operation::destroyed_in_flight() const noexcept {
    fatal("an operation was destroyed while the kernel still works on it; await its end (cancel, then join) first");
}

void Kernel::begin(Operation& operation) noexcept {
    if (operation.in_flight()) fatal("an operation was submitted while it was still in flight");
    operation.state_ = Operation::State::submitted;
    operation.cancel_asked_ = false;
    ++in_flight_;
}

} // namespace corduroy::kernel
