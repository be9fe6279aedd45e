#pragma once

#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy {

class Failure;
class TaskPromiseBase;

// What a Task does at this moment.
enum class TaskState : unsigned char {
    waiting, // for what `waits_for` says
    ready,   // it will run in this turn of the loop or a coming one
    running, // it is the one that looks, or that was interrupted
    ended,
};

// A look at a Task that an owner started, together with the coroutines that await each other below it. It is valid as
// long as the Task lives and only on its reactor's thread: not to be kept, but for what it gives. Making one takes a
// step for each coroutine between the given one and the Task's outermost.
class TaskView {
public:
    // The Task that a coroutine is part of.
    explicit TaskView(const TaskPromiseBase& coroutine) noexcept;
    // The one that runs now, if any.
    static std::optional<TaskView> current() noexcept;

    // Tasks are numbered as they start, from 1, on each reactor; after four thousand million it begins anew.
    std::uint32_t number() const noexcept;
    // "main", "background", "spawned" into a group, "body" of a group, "joined" by a combinator
    std::string_view role() const noexcept { return role_; }
    std::string text() const; // "task 7 (spawned)"

    TaskState state() const noexcept;
    // Where each coroutine awaits the next, and the last one what `waits_for` says, from the outermost in; of one that
    // runs, where it last awaited. A coroutine that has not awaited yet is left out.
    std::vector<std::source_location> sites() const;
    // "sleep until 1.5 s from now", "receive on descriptor 7"; empty if it is not waiting.
    std::string waits_for() const;
    // How it has ended, if it has ended badly; empty otherwise.
    const Failure& failure() const noexcept;

    // The coroutines it consists of, from the outermost in.
    std::vector<const TaskPromiseBase*> coroutines() const;

private:
    const TaskPromiseBase* task_; // the outermost coroutine
    std::string_view role_;
};

} // namespace corduroy
