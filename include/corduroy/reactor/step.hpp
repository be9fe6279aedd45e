#pragma once

#include <cstdint>

namespace corduroy {

class Reactor;
class TaskPromiseBase;
class CancelScope;
class ThreadJob;

namespace detail {
class DeferredRun;
struct Substitute;
} // namespace detail

// What the thread is doing right now: the reactor whose turn it is, and the coroutine it is running, if any. The one
// piece of global state there is (law 9); its address also serves as the identity of the thread.
struct Step {
    Reactor* reactor = nullptr;
    TaskPromiseBase* task = nullptr;          // the coroutine that runs now
    TaskPromiseBase* next = nullptr;          // the coroutine to go on with when this one suspends or ends
    TaskPromiseBase* ended = nullptr;         // an owned coroutine that has just ended
    CancelScope* scope = nullptr;             // the scope of callbacks that run outside any coroutine
    detail::DeferredRun* run = nullptr;       // the run of callbacks of Deferreds that is under way
    ThreadJob* job = nullptr;                 // the work that this thread does for a reactor, where it is a pool's
    std::uintptr_t stack_limit = UINTPTR_MAX; // see NestingRoom
    int ready_awaits = 0;                     // how many more awaits may complete at once before the task must yield
    detail::Substitute* substitute = nullptr; // what one coroutine raises in the place of `Cancelled`: for sweeps
};

#if defined(__ELF__)
extern constinit thread_local Step current_step [[gnu::tls_model("initial-exec")]];
#else
extern constinit thread_local Step current_step;
#endif

} // namespace corduroy
