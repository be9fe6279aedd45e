#include <corduroy/async/inspect/task_view.hpp>

#include <corduroy/async/inspect/await_point.hpp>
#include <corduroy/async/task_promise.hpp>

#include <algorithm>

namespace corduroy {

namespace {

const TaskPromiseBase& outermost(const TaskPromiseBase& coroutine) noexcept {
    const TaskPromiseBase* at = &coroutine;
    while (at->parent() != nullptr) at = at->parent();
    return *at;
}

const TaskPromiseBase& innermost(const TaskPromiseBase& task) noexcept {
    const TaskPromiseBase* at = &task;
    while (const TaskPromiseBase* child = at->awaited().child()) at = child;
    return *at;
}

bool runs(const TaskPromiseBase& task) noexcept {
    return current_step.task != nullptr && &outermost(*current_step.task) == &task;
}

} // namespace

TaskView::TaskView(const TaskPromiseBase& coroutine) noexcept
    : task_(&outermost(coroutine)), role_(task_->owner() != nullptr ? task_->owner()->role() : "task") {}

std::optional<TaskView> TaskView::current() noexcept {
    if (current_step.task == nullptr) return std::nullopt;
    return TaskView(*current_step.task);
}

std::uint32_t TaskView::number() const noexcept { return task_->number(); }

std::string TaskView::text() const { return "task " + std::to_string(number()) + " (" + std::string(role_) + ")"; }

TaskState TaskView::state() const noexcept {
    if (task_->ended()) return TaskState::ended;
    if (runs(*task_)) return TaskState::running;
    const detail::AwaitPoint* point = innermost(*task_).awaited().point();
    return point == nullptr || point->kind()->over(*point) ? TaskState::ready : TaskState::waiting;
}

// What the coroutines of one that runs await is not to be relied on, for they are not suspended; who awaits them is.
std::vector<const TaskPromiseBase*> TaskView::coroutines() const {
    std::vector<const TaskPromiseBase*> row;
    if (runs(*task_)) {
        for (const TaskPromiseBase* at = current_step.task; at != nullptr; at = at->parent()) row.push_back(at);
        std::reverse(row.begin(), row.end());
    } else {
        row.push_back(task_);
        if (task_->ended()) return row;
        while (const TaskPromiseBase* child = row.back()->awaited().child()) row.push_back(child);
    }
    return row;
}

std::vector<std::source_location> TaskView::sites() const {
    std::vector<std::source_location> sites;
    for (const TaskPromiseBase* coroutine : coroutines())
        if (coroutine->site().line() != 0) sites.push_back(coroutine->site());
    return sites;
}

std::string TaskView::waits_for() const {
    if (state() != TaskState::waiting) return {};
    const detail::AwaitPoint& point = *innermost(*task_).awaited().point();
    return point.kind()->waits_for(point);
}

const Failure& TaskView::failure() const noexcept {
    static const Failure none;
    return task_->ended() ? task_->failure() : none;
}

} // namespace corduroy
