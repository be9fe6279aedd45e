#pragma once

#include <corduroy/kernel/kernel.hpp>

#include <atomic>
#include <cstdint>

namespace corduroy::kernel {

// A set of signals: bit n - 1 stands for signal n.
using SignalSet = std::uint64_t;

// The process's signals, as one kernel watches them. A signal is caught as long as any kernel of the process watches
// it, and each of these is told; then the action that was set before is restored.
//
// What the process shares, the actions, is guarded by a lock: the one there is on a reactor's thread, taken when a
// watch begins and ends.
class SignalWatch {
public:
    explicit SignalWatch(Kernel& kernel);
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;
    // Nothing may be watched any more.
    ~SignalWatch();

    // Watches these, each once more. 0, or -EINVAL where one cannot be caught; then none is watched.
    int add(SignalSet signals) noexcept;

    // Watches these once less. Those of `leftover`, and those that came and were not taken, are sent to the process
    // again where nobody watches them any more, for they are the restored action's.
    void remove(SignalSet signals, SignalSet leftover) noexcept;

    // The watched signals that came since it was called last. The kernel is woken when one comes.
    SignalSet take() noexcept;

private:
    struct Slot;
    static Slot& claim_slot(Kernel& kernel);
    static void on_signal(int number);

    static std::atomic<Slot*> slots;

    Slot& slot_;
    unsigned watched_[64] = {}; // how often
};

} // namespace corduroy::kernel
