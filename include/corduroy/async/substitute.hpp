#pragma once

#include <exception>

namespace corduroy {

class TaskPromiseBase;

namespace detail {

// An exception that one coroutine raises in the place of its next `Cancelled`. With this in `current_step.substitute`,
// and the coroutine's wait ended by `Waiter::cancel`, an await fails in a way of a test's own choice, while all that
// was under way there ends as it does when it is cancelled. For the sweeps; nothing is asked where nothing is raised.
struct Substitute {
    const TaskPromiseBase* coroutine = nullptr;
    std::exception_ptr exception;
};

// Raises what is to be raised instead, once, if this is the coroutine.
void raise_substitute(const TaskPromiseBase& promise);

} // namespace detail

} // namespace corduroy
