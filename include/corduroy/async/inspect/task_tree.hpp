#pragma once

#include <corduroy/async/inspect/task_view.hpp>

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy {

class Reactor;

// All Tasks that live on a reactor, at one moment: main, what runs in the background, the children of groups and of
// `gather` and its kind, each with the await sites of its coroutines and with what it waits for. Taking it costs time
// in proportion to the coroutines alive, and changes nothing; where nobody looks nothing is recorded but a pointer
// where a coroutine suspends. (trio's Task.iter_await_frames and child nurseries, asyncio's pstree.)
class TaskTree {
public:
    // A Task that an owner started, together with the coroutines that await each other below it.
    struct Entry {
        using State = TaskState;

        std::size_t parent; // the index of the Task whose child this is, always a smaller one; `none` at the roots
        std::size_t depth;  // 0 at the roots
        // What a TaskView of it gave.
        std::uint32_t number;
        State state; // never `ended`
        std::string_view role;
        std::vector<std::source_location> sites;
        std::string waits_for;
    };
    static constexpr std::size_t none = ~std::size_t{0};

    // Takes the tree of the reactor; to be called on its thread.
    explicit TaskTree(const Reactor& reactor);

    // The Tasks, children behind their parents, siblings in the order in which they were started.
    const std::vector<Entry>& entries() const noexcept { return entries_; }

    // For people: for each Task a line with its role and what it waits for, and a line "  file:line function" for each
    // site; children are indented. It leaves out the sites in Corduroy's own machinery (namespace corduroy::detail),
    // and of very many it shows the first and the last.
    std::string text() const;

private:
    std::vector<Entry> entries_;
};

// The tree of the reactor whose turn it is on this thread: `std::cerr << corduroy::task_tree().text();`.
TaskTree task_tree();

} // namespace corduroy
