#include <corduroy/async/task_promise.hpp>

#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/fatal.hpp>
#include <corduroy/reactor/reactor.hpp>

namespace corduroy {

namespace {

// After so many awaits in a row that complete at once a task goes to the back of the ready queue.
constexpr int ready_awaits_in_a_row = 1000;

} // namespace

constinit thread_local TaskPromiseBase::Destruction TaskPromiseBase::destruction{};
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
constinit thread_local char* TaskPromiseBase::last_frame = nullptr;
#endif

void detail::raise(TaskPromiseBase& promise) { promise.raise(); }

void detail::enqueue(TaskPromiseBase& promise) noexcept {
    promise.waits_for_its_turn();
    Reactor::current().enqueue(promise);
}

// Runs a coroutine, and then whichever it leaves as the next one, until one suspends for something else.
void TaskPromiseBase::run_task(Ready& ready) noexcept {
    Step& step = current_step;
    step.ready_awaits = ready_awaits_in_a_row;
    auto* task = &static_cast<TaskPromiseBase&>(ready);
    do {
        step.task = task;
        step.next = nullptr;
        task->handle_.resume();
        task = step.next;
    } while (task != nullptr);
    step.task = nullptr;
    if (TaskPromiseBase* ended = std::exchange(step.ended, nullptr)) {
        step.reactor->tasks().remove(*ended);
        ended->owner_->task_ended(*ended);
    }
}

void TaskPromiseBase::started_twice() noexcept { fatal("a Task was started twice; a Task is awaited once"); }

void TaskPromiseBase::frame_corrupted() noexcept {
    fatal("this compiler laid a coroutine's frame out wrongly (GCC 12, a co_await in a condition of a function with no "
          "local variable): give the function a local variable, or build with GCC 14 or Clang 16");
}

void TaskPromiseBase::destroyed_while_running() noexcept {
    fatal("a Task was destroyed while it was running; cancel it and await its end first");
}

void TaskPromiseBase::start_owned(TaskOwner& owner, CancelScope& scope) noexcept {
    begin(scope);
    owned_ = true;
    owner_ = &owner;
    Reactor& reactor = Reactor::current();
    reactor.tasks().add(*this);
    reactor.enqueue(*this);
}

void TaskPromiseBase::unhandled_exception() noexcept {
    failed_ = true;
    failure_ = caught();
    if (site_.line() != 0) failure_.add_site(site_);
}

void TaskPromiseBase::raise() {
    raised_ = true;
    throw Cancelled(std::string(scope_->cancel_reason()));
}

void TaskPromiseBase::rethrow(const Failure& failure) {
    failure_ = failure;
    if (failure_.cancelled()) raised_ = true;
    failure_.rethrow();
}

Failure TaskPromiseBase::caught() const noexcept {
    Failure failure = Failure::current();
    return failure.exception() == failure_.exception() ? failure_ : failure;
}

void TaskPromiseBase::destroy_later(TaskPromiseBase& promise) noexcept {
    promise.owned_ = false;
    promise.parent_ = std::exchange(destruction.waiting, &promise);
}

void TaskPromiseBase::destroy_waiting() noexcept {
    while (destruction.waiting != nullptr) {
        TaskPromiseBase* next = std::exchange(destruction.waiting, destruction.waiting->parent_);
        ++destruction.depth;
        next->handle_.destroy();
        --destruction.depth;
    }
}

} // namespace corduroy
