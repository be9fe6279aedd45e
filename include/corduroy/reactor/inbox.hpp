#pragma once

#include <atomic>
#include <cstddef>

namespace corduroy {

// Something that another thread has a reactor run; derive from it, see `Reactor::post`. The record belongs to its
// owner, who keeps it where it is until it has run; `run`, on the reactor's thread, may destroy it or post it again.
class Posted {
public:
    using Run = void (*)(Posted&) noexcept;

    explicit Posted(Run run) noexcept : run_(run) {}
    Posted(const Posted&) = delete;
    Posted& operator=(const Posted&) = delete;

private:
    friend class Inbox;

    Run run_;
    Posted* next_ = nullptr;
};

// What other threads have posted to a reactor: a stack without locks, the latest on top, which the reactor takes as a
// whole and turns over. Owns nothing and allocates nothing.
class Inbox {
public:
    // From any thread. True if it was empty, so that the reactor must be woken. The item may have been run, and be
    // gone, when this returns.
    bool push(Posted& item) noexcept {
        Posted* below = top_.load(std::memory_order_relaxed);
        do {
            item.next_ = below;
        } while (!top_.compare_exchange_weak(below, &item, std::memory_order_seq_cst, std::memory_order_relaxed));
        return below == nullptr;
    }

    // Runs what is there, in the order of posting, and returns how many; what is posted meanwhile waits for the next
    // time.
    std::size_t run_all() noexcept {
        std::size_t count = 0;
        if (top_.load(std::memory_order_relaxed) == nullptr) return count;
        Posted* stack = top_.exchange(nullptr, std::memory_order_seq_cst);
        Posted* queue = nullptr;
        while (stack != nullptr) {
            Posted* below = stack->next_;
            stack->next_ = queue;
            queue = stack;
            stack = below;
        }
        while (queue != nullptr) {
            Posted& item = *queue;
            queue = item.next_;
            item.run_(item);
            ++count;
        }
        return count;
    }

private:
    std::atomic<Posted*> top_ = nullptr;
};

} // namespace corduroy
