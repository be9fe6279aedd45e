#pragma once

#include <corduroy/base/debugger.hpp>

#include <cstddef>
#include <cstdint>

namespace corduroy {

// A link of a TaskList; the coroutines' promises derive from it. It is left uninitialised: most coroutines are awaited
// by another one and stand in no list.
struct TaskLink {
    TaskLink() noexcept {} // NOLINT
    TaskLink(const TaskLink&) = delete;
    TaskLink& operator=(const TaskLink&) = delete;

    TaskLink* next;
    TaskLink** link; // what points at this one
};

// The Tasks that run on a reactor and are awaited by no other one: what those who look inside begin with.
class TaskList {
public:
    TaskList() noexcept = default;
    TaskList(const TaskList&) = delete;
    TaskList& operator=(const TaskList&) = delete;

    void add(TaskLink& task) noexcept {
        task.next = nullptr;
        task.link = last_;
        *last_ = &task;
        last_ = &task.next;
        ++size_;
        ++added_;
    }
    void remove(TaskLink& task) noexcept {
        *task.link = task.next;
        (task.next != nullptr ? task.next->link : last_) = task.link;
        --size_;
    }

    TaskLink* first() const noexcept { return first_; }
    std::size_t size() const noexcept { return size_; }
    // How many were ever added.
    std::uint64_t added() const noexcept { return added_; }

private:
    friend struct detail::DebuggerTable;

    TaskLink* first_ = nullptr;
    TaskLink** last_ = &first_;
    std::size_t size_ = 0;
    std::uint64_t added_ = 0;
};

} // namespace corduroy
