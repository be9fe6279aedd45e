#include <corduroy/async/inspect/task_tree.hpp>

#include <corduroy/async/inspect/task_view.hpp>
#include <corduroy/async/task_promise.hpp>
#include <corduroy/base/names.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <unordered_map>

namespace corduroy {

namespace {

// Builds the entries in the order in which the Tasks were started, each with the coroutines that it consists of.
class Walk {
public:
    explicit Walk(const Reactor& reactor) {
        for (const TaskLink* link = reactor.tasks().first(); link != nullptr; link = link->next)
            add(static_cast<const TaskPromiseBase&>(*link));
        find_parents();
    }

    // Moves the entries out, each behind its parent.
    std::vector<TaskTree::Entry> in_order();

private:
    void add(const TaskPromiseBase& task);
    void find_parents();

    std::vector<TaskTree::Entry> entries_;
    std::vector<const TaskOwner*> owners_;
    std::unordered_map<const TaskPromiseBase*, std::size_t> entry_of_; // of each coroutine
};

void Walk::add(const TaskPromiseBase& task) {
    TaskView view(task);
    for (const TaskPromiseBase* coroutine : view.coroutines()) entry_of_.emplace(coroutine, entries_.size());
    owners_.push_back(task.owner());
    entries_.push_back({.parent = TaskTree::none,
                        .depth = 0,
                        .number = view.number(),
                        .state = view.state(),
                        .role = view.role(),
                        .sites = view.sites(),
                        .waits_for = view.waits_for()});
}

void Walk::find_parents() {
    for (std::size_t index = 0; index < entries_.size(); ++index) {
        auto home = entry_of_.find(owners_[index]->home());
        // A coroutine at the address of one that has ended was started later than its children.
        if (home != entry_of_.end() && home->second < index) entries_[index].parent = home->second;
    }
}

std::vector<TaskTree::Entry> Walk::in_order() {
    std::vector<std::vector<std::size_t>> children(entries_.size());
    std::vector<std::pair<std::size_t, std::size_t>> waiting; // an entry, and where its parent has gone
    for (std::size_t index = entries_.size(); index-- > 0;) {
        if (entries_[index].parent == TaskTree::none)
            waiting.emplace_back(index, TaskTree::none);
        else
            children[entries_[index].parent].push_back(index);
    }
    std::vector<TaskTree::Entry> ordered;
    ordered.reserve(entries_.size());
    while (!waiting.empty()) {
        auto [index, parent] = waiting.back();
        waiting.pop_back();
        for (std::size_t child : children[index]) waiting.emplace_back(child, ordered.size());
        TaskTree::Entry& entry = ordered.emplace_back(std::move(entries_[index]));
        entry.parent = parent;
        entry.depth = parent == TaskTree::none ? 0 : ordered[parent].depth + 1;
    }
    return ordered;
}

} // namespace

TaskTree::TaskTree(const Reactor& reactor) : entries_(Walk(reactor).in_order()) {}

std::string TaskTree::text() const {
    std::string text;
    for (const TaskTree::Entry& entry : entries_) {
        std::string indent(4 * entry.depth, ' ');
        text += indent;
        text += entry.role;
        text += ": ";
        if (entry.state == TaskTree::Entry::State::running)
            text += "running";
        else if (entry.state == TaskTree::Entry::State::ready)
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
