#include <corduroy/async/inspect/task_tree.hpp>

#include <corduroy/async/task_promise.hpp>
#include <corduroy/base/names.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <unordered_map>

namespace corduroy {

namespace {

using Entry = TaskTree::Entry;

// The coroutines of the running step, from the innermost out. What they await is not to be relied on, for they are not
// suspended; who awaits them is.
std::vector<const TaskPromiseBase*> running_coroutines() {
    std::vector<const TaskPromiseBase*> row;
    for (const TaskPromiseBase* at = current_step.task; at != nullptr; at = at->parent()) row.push_back(at);
    return row;
}

// Builds the entries in the order in which the Tasks were started, each with the coroutines that it consists of.
class Walk {
public:
    explicit Walk(const Reactor& reactor) : running_(running_coroutines()) {
        for (const TaskLink* link = reactor.tasks().first(); link != nullptr; link = link->next)
            add(static_cast<const TaskPromiseBase&>(*link));
        find_parents();
    }

    // Moves the entries out, each behind its parent.
    std::vector<Entry> in_order();

private:
    void add(const TaskPromiseBase& task);
    void add_coroutine(Entry& entry, const TaskPromiseBase& coroutine);
    void find_parents();

    std::vector<const TaskPromiseBase*> running_;
    std::vector<Entry> entries_;
    std::vector<const TaskOwner*> owners_;
    std::unordered_map<const TaskPromiseBase*, std::size_t> entry_of_; // of each coroutine
};

void Walk::add_coroutine(Entry& entry, const TaskPromiseBase& coroutine) {
    entry_of_.emplace(&coroutine, entries_.size() - 1);
    if (coroutine.site().line() != 0) entry.sites.push_back(coroutine.site());
}

void Walk::add(const TaskPromiseBase& task) {
    owners_.push_back(task.owner());
    Entry& entry = entries_.emplace_back();
    entry.parent = TaskTree::none;
    entry.role = task.owner()->role();
    if (!running_.empty() && running_.back() == &task) {
        entry.state = Entry::State::running;
        for (auto at = running_.rbegin(); at != running_.rend(); ++at) add_coroutine(entry, **at);
        return;
    }
    const TaskPromiseBase* innermost = &task;
    add_coroutine(entry, task);
    while (const TaskPromiseBase* child = innermost->awaited().child()) add_coroutine(entry, *(innermost = child));
    const detail::AwaitPoint* point = innermost->awaited().point();
    if (point == nullptr || point->kind()->over(*point)) {
        entry.state = Entry::State::ready;
    } else {
        entry.state = Entry::State::waiting;
        entry.waits_for = point->kind()->waits_for(*point);
    }
}

void Walk::find_parents() {
    for (std::size_t index = 0; index < entries_.size(); ++index) {
        auto home = entry_of_.find(owners_[index]->home());
        // A coroutine at the address of one that has ended was started later than its children.
        if (home != entry_of_.end() && home->second < index) entries_[index].parent = home->second;
    }
}

std::vector<Entry> Walk::in_order() {
    std::vector<std::vector<std::size_t>> children(entries_.size());
    std::vector<std::pair<std::size_t, std::size_t>> waiting; // an entry, and where its parent has gone
    for (std::size_t index = entries_.size(); index-- > 0;) {
        if (entries_[index].parent == TaskTree::none)
            waiting.emplace_back(index, TaskTree::none);
        else
            children[entries_[index].parent].push_back(index);
    }
    std::vector<Entry> ordered;
    ordered.reserve(entries_.size());
    while (!waiting.empty()) {
        auto [index, parent] = waiting.back();
        waiting.pop_back();
        for (std::size_t child : children[index]) waiting.emplace_back(child, ordered.size());
        Entry& entry = ordered.emplace_back(std::move(entries_[index]));
        entry.parent = parent;
        entry.depth = parent == TaskTree::none ? 0 : ordered[parent].depth + 1;
    }
    return ordered;
}

} // namespace

TaskTree::TaskTree(const Reactor& reactor) : entries_(Walk(reactor).in_order()) {}

std::string TaskTree::text() const {
    std::string text;
    for (const Entry& entry : entries_) {
        std::string indent(4 * entry.depth, ' ');
        text += indent;
        text += entry.role;
        text += ": ";
        if (entry.state == Entry::State::running)
            text += "running";
        else if (entry.state == Entry::State::ready)
            text += entry.sites.empty() ? "ready to start" : "ready to run";
        else
            text += entry.waits_for;
        text += '\n';
        for (const std::string& line : site_lines(entry.sites)) text += indent + "    " + line + '\n';
    }
    return text;
}

TaskTree task_tree() { return TaskTree(Reactor::current()); }

} // namespace corduroy
