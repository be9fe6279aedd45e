#include "async/inspect/debugger_table.hpp"

#include <corduroy/async/perform.hpp>
#include <corduroy/async/task_promise.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <cstddef>
#include <cstdint>

namespace corduroy::detail {

#pragma GCC diagnostic ignored "-Winvalid-offsetof"

// Where lib/corduroy-gdb.py finds what, so that it works in a program without debug information. It reads this in a
// process or a core: first the version, then the fields in this order, each a word.
struct DebuggerTable {
    using Word = std::uintptr_t;

    template <class Base, class Derived>
    static Word base() noexcept {
        constexpr Word somewhere = 4096;
        return reinterpret_cast<Word>(static_cast<Base*>(reinterpret_cast<Derived*>(somewhere))) - somewhere;
    }

    Word version = 2; // of the order below
    Word roster = reinterpret_cast<Word>(&RosterEntry::first);
    Word roster_next = offsetof(RosterEntry, next_);
    Word roster_reactor = offsetof(RosterEntry, thread_) - sizeof(void*); // a reference, which has no offset
    Word roster_thread = offsetof(RosterEntry, thread_);
    Word reactor_step = offsetof(Reactor, thread_);
    Word reactor_tasks = offsetof(Reactor, tasks_) + offsetof(TaskList, first_);
    Word reactor_ready = offsetof(Reactor, ready_) + offsetof(ReadyQueue, first_);
    Word ready_next = offsetof(Ready, next_);
    Word step_task = offsetof(Step, task);
    Word link_next = offsetof(TaskLink, next);
    Word promise_link = base<TaskLink, TaskPromiseBase>();
    Word promise_ready = base<Ready, TaskPromiseBase>();
    Word promise_waits = offsetof(TaskPromiseBase, waits_);
    Word promise_awaited = offsetof(TaskPromiseBase, awaited_);
    Word promise_site = offsetof(TaskPromiseBase, site_);
    Word promise_stage = offsetof(TaskPromiseBase, stage_);
    Word promise_number = offsetof(TaskPromiseBase, number_);
    Word stage_nested = static_cast<Word>(TaskPromiseBase::Stage::nested);
    Word stage_awaited = static_cast<Word>(TaskPromiseBase::Stage::awaited);
    Word owner_role = offsetof(TaskOwner, role_);
    Word owner_home = offsetof(TaskOwner, home_);
    Word point_kind = offsetof(AwaitPoint, kind_);
    Word kind_awaiter = offsetof(AwaitKind, awaiter);
    Word kind_words = offsetof(AwaitKind, words);
    Word kind_offset = offsetof(AwaitKind, offset);
    Word kind_refers = offsetof(AwaitKind, refers);
    Word kind_performs = offsetof(AwaitKind, performs);
    Word performing_opcode = base<kernel::Operation, Performing>() + offsetof(kernel::Operation, description) +
                             offsetof(kernel::Description, opcode);
    Word performing_fd = base<kernel::Operation, Performing>() + offsetof(kernel::Operation, description) +
                         offsetof(kernel::Description, fd);
};

} // namespace corduroy::detail

extern "C" {
[[gnu::used]] corduroy::detail::DebuggerTable corduroy_debugger_table;
}

void corduroy::detail::keep_debugger_table() noexcept {}
