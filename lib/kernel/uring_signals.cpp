// Signals: no ring operations, but caught by a handler that wakes the ring.

#include "kernel/uring_kernel_impl.hpp"

namespace corduroy::kernel {

namespace {

SignalSet& come(const Operation& operation) noexcept { return *static_cast<SignalSet*>(operation.description.data); }

} // namespace

void UringKernel::watch_signals(Operation& operation) noexcept {
    if (!signal_watch_) signal_watch_.emplace(*this);
    if (signal_watch_->add(operation.description.offset) == 0)
        signals_.push_back(operation);
    else
        hold(refused_, operation);
}

void UringKernel::unwatch_signals(Operation& operation) noexcept {
    if (held(operation)) return; // it was refused
    unlist(operation);
    signal_watch_->remove(operation.description.offset, come(operation));
    hold(cancelled_, operation);
}

void UringKernel::deliver_signals() noexcept {
    SignalSet taken = signal_watch_->take();
    if (taken == 0) return;
    signals_.for_each([&](Operation& operation) {
        SignalSet of_it = taken & operation.description.offset;
        if (of_it == 0) return;
        bool had_none = come(operation) == 0;
        come(operation) |= of_it;
        if (had_none) complete(operation, {.more = true});
    });
}

} // namespace corduroy::kernel
