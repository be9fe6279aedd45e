#include "kernel/signal_watch.hpp"

#include <bit>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace corduroy::kernel {

// What a signal handler knows of a kernel. Slots are claimed again and never freed, for a handler, in whichever thread,
// may be looking at any of them.
struct SignalWatch::Slot {
    std::atomic<SignalSet> watched = 0;
    std::atomic<SignalSet> came = 0;
    std::atomic<Kernel*> kernel = nullptr;
    std::atomic<int> handlers = 0; // that are looking at it
    std::atomic<bool> claimed = true;
    Slot* next = nullptr;
};

constinit std::atomic<SignalWatch::Slot*> SignalWatch::slots = nullptr;

namespace {

// How many kernels watch a signal, and how it was dealt with before.
struct Action {
    unsigned kernels = 0;
    struct sigaction previous{};
};

std::mutex actions_mutex;
Action actions[64];

SignalSet lowest(SignalSet signals) noexcept { return signals & (~signals + 1); }
int number_of(SignalSet signal) noexcept { return std::countr_zero(signal) + 1; }

template <class F>
void for_each(SignalSet signals, F f) {
    for (; signals != 0; signals &= signals - 1) f(lowest(signals));
}

} // namespace

SignalWatch::SignalWatch(Kernel& kernel) : slot_(claim_slot(kernel)) {}

SignalWatch::~SignalWatch() {
    // No handler that begins now looks any further than at `watched`, which is 0.
    while (slot_.handlers.load() != 0) std::this_thread::yield();
    slot_.came.store(0);
    slot_.claimed.store(false);
}

SignalWatch::Slot& SignalWatch::claim_slot(Kernel& kernel) {
    Slot* slot = slots.load();
    while (slot != nullptr && slot->claimed.exchange(true)) slot = slot->next;
    if (slot == nullptr) {
        slot = new Slot;
        slot->next = slots.load();
        while (!slots.compare_exchange_weak(slot->next, slot)) {
        }
    }
    slot->kernel.store(&kernel);
    return *slot;
}

void SignalWatch::on_signal(int number) {
    int error = errno;
    SignalSet signal = SignalSet{1} << (number - 1);
    for (Slot* slot = slots.load(); slot != nullptr; slot = slot->next) {
        slot->handlers.fetch_add(1);
        if ((slot->watched.load() & signal) != 0) {
            slot->came.fetch_or(signal);
            slot->kernel.load()->wake();
        }
        slot->handlers.fetch_sub(1);
    }
    errno = error;
}

int SignalWatch::add(SignalSet signals) noexcept {
    SignalSet added = 0;
    int result = 0;
    std::unique_lock lock(actions_mutex);
    for_each(signals, [&](SignalSet signal) {
        if (result != 0) return;
        auto index = static_cast<std::size_t>(number_of(signal) - 1);
        if (watched_[index] == 0) {
            slot_.watched.fetch_or(signal);
            struct sigaction caught{};
            caught.sa_handler = &on_signal;
            caught.sa_flags = SA_RESTART;
            Action& action = actions[index];
            if (action.kernels == 0 && ::sigaction(number_of(signal), &caught, &action.previous) != 0) {
                slot_.watched.fetch_and(~signal);
                result = -errno;
                return;
            }
            ++action.kernels;
        }
        ++watched_[index];
        added |= signal;
    });
    lock.unlock();
    if (result != 0) remove(added, 0);
    return result;
}

void SignalWatch::remove(SignalSet signals, SignalSet leftover) noexcept {
    std::unique_lock lock(actions_mutex);
    SignalSet missed = 0;
    for_each(signals, [&](SignalSet signal) {
        auto index = static_cast<std::size_t>(number_of(signal) - 1);
        if (--watched_[index] != 0) return;
        slot_.watched.fetch_and(~signal);
        while (slot_.handlers.load() != 0) std::this_thread::yield(); // one may still have seen it as watched
        bool untaken = ((slot_.came.fetch_and(~signal) | leftover) & signal) != 0;
        Action& action = actions[index];
        if (--action.kernels != 0) return;
        struct sigaction current{};
        ::sigaction(number_of(signal), nullptr, &current);
        if (current.sa_handler == &on_signal) ::sigaction(number_of(signal), &action.previous, nullptr);
        if (untaken) missed |= signal;
    });
    lock.unlock();
    for_each(missed, [](SignalSet signal) { ::kill(::getpid(), number_of(signal)); });
}

SignalSet SignalWatch::take() noexcept { return slot_.came.load() == 0 ? 0 : slot_.came.exchange(0); }

} // namespace corduroy::kernel
