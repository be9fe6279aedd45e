#pragma once

#include <corduroy/base/debugger.hpp>
#include <corduroy/reactor/inbox.hpp>

#include <atomic>
#include <sys/types.h>

namespace corduroy {

class Reactor;

// A reactor's place among all reactors of the process, for those who look at it from outside: a signal handler, a
// debugger. They can be reached by nothing but a global. Entering and leaving take a lock, when a reactor is made and
// destroyed, and the loop never does.
class RosterEntry : private Posted {
public:
    explicit RosterEntry(Reactor& reactor) noexcept;
    RosterEntry(const RosterEntry&) = delete;
    RosterEntry& operator=(const RosterEntry&) = delete;
    ~RosterEntry();

    Reactor& reactor() const noexcept { return reactor_; }
    pid_t thread() const noexcept { return thread_; } // of gettid(2)

    // Has `look` called with the reactor, on its thread in a coming turn; once, if it is asked several times before
    // that. From any thread, while the reactor exists, and from a signal handler.
    using Look = void (*)(Reactor&) noexcept;
    void ask(Look look) noexcept;

    // Calls `visit` with each entry. Safe in a signal handler, if `visit` is; false, with nothing called, where the
    // roster is being changed at this moment.
    template <class Visit>
    static bool try_visit(Visit&& visit) noexcept {
        if (changing.test_and_set(std::memory_order_acquire)) return false;
        for (RosterEntry* entry = first; entry != nullptr; entry = entry->next_) visit(*entry);
        changing.clear(std::memory_order_release);
        return true;
    }

private:
    friend struct detail::DebuggerTable;

    static void run(Posted& posted) noexcept;
    static void lock() noexcept;

    static constinit std::atomic_flag changing;
    static constinit RosterEntry* first;

    Reactor& reactor_;
    pid_t thread_;
    std::atomic<Look> look_ = nullptr;
    RosterEntry* next_;
    RosterEntry** link_ = &first; // what points at this one
};

} // namespace corduroy
