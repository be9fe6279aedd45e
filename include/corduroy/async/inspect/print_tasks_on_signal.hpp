#pragma once

#include <csignal>

namespace corduroy {

// As long as it lives the process answers a signal with what its tasks are doing, on stderr, and goes on. A handler
// says at once, with nothing but async-signal-safe calls, which task is running on each reactor's thread and which
// awaits it is in, so that a step that spins or blocks is shown as well; each reactor then prints its TaskTree in its
// next turn. `react` has one for SIGQUIT (Ctrl-\, `kill -QUIT`) where that has its default action; a program that has
// its loop from `run` makes its own. They may be nested, the innermost of a signal counts; make and destroy them on one
// thread. (A JVM answers SIGQUIT so.)
class PrintTasksOnSignal {
public:
    explicit PrintTasksOnSignal(int signal = SIGQUIT);
    PrintTasksOnSignal(const PrintTasksOnSignal&) = delete;
    PrintTasksOnSignal& operator=(const PrintTasksOnSignal&) = delete;
    // What the signal did before it does again.
    ~PrintTasksOnSignal();

private:
    int signal_;
    struct sigaction previous_;
};

} // namespace corduroy
