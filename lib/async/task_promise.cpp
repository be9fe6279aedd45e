#include <corduroy/async/task_promise.hpp>

#include <corduroy/async/inspect/task_view.hpp>
#include <corduroy/async/substitute.hpp>
#include <corduroy/async/suspension.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/fatal.hpp>
#include <corduroy/reactor/instrument.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <new>
#include <string>

namespace corduroy {

namespace {

// After so many awaits in a row that complete at once a task goes to the back of the ready queue.
constexpr int ready_awaits_in_a_row = 1000;

} // namespace

constinit thread_local char* TaskPromiseBase::last_frame = nullptr;

void detail::raise(TaskPromiseBase& promise) { promise.raise(); }

void detail::enqueue(TaskPromiseBase& promise) noexcept {
    promise.waits_for_its_turn();
    enqueue_woken(Reactor::current(), promise);
}

void detail::tell_scheduled(Reactor& reactor, const TaskPromiseBase& promise) noexcept {
    reactor.instruments().tell(&Instrument::task_scheduled, TaskView(promise));
}

// Runs a coroutine, and then whichever it leaves as the next one, until one suspends for something else.
inline void TaskPromiseBase::run_step(TaskPromiseBase* task) noexcept {
    Step& step = current_step;
    step.ready_awaits = ready_awaits_in_a_row;
    NestingRoom room;
    do {
        step.task = task;
        step.next = nullptr;
        task->handle().resume();
        task = step.next;
    } while (task != nullptr);
    step.task = nullptr;
}

void TaskPromiseBase::run_task(Ready& ready) noexcept {
    auto& task = static_cast<TaskPromiseBase&>(ready);
    Step& step = current_step;
    if (step.reactor->instrumented()) [[unlikely]]
        run_observed_step(task);
    else
        run_step(&task);
    if (TaskPromiseBase* ended = std::exchange(step.ended, nullptr)) {
        step.reactor->tasks().remove(*ended);
        ended->waits_.owner->task_ended(*ended);
    }
}

void TaskPromiseBase::run_observed_step(TaskPromiseBase& task) noexcept {
    Step& step = current_step;
    InstrumentList& instruments = step.reactor->instruments();
    TaskView view(task);
    step.task = &task;
    instruments.tell(&Instrument::before_task_step, view);
    run_step(&task);
    instruments.tell(&Instrument::after_task_step, view);
    if (step.ended != nullptr)
        instruments.tell(&Instrument::task_exited, view);
    else if (view.state() == TaskState::waiting)
        instruments.tell(&Instrument::task_blocked, view);
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
    begin(Stage::owned, scope);
    waits_.owner = &owner;
    waits_for_its_turn();
    Reactor& reactor = Reactor::current();
    reactor.tasks().add(*this);
    number_ = static_cast<std::uint32_t>(reactor.tasks().added());
    reactor.enqueue(*this);
    if (reactor.instrumented()) [[unlikely]]
        reactor.instruments().tell(&Instrument::task_spawned, TaskView(*this));
}

void TaskPromiseBase::unhandled_exception() noexcept {
    failed_ = true;
    std::exception_ptr exception = std::current_exception();
    if (failure_.exception() != exception) failure_ = Failure(std::move(exception));
    if (site_.line() != 0) failure_.add_site(site_);
}

void TaskPromiseBase::end_otherwise() noexcept {
    if (failure_ && !failed_) failure_ = {}; // what was caught on the way is forgotten
    Stage stage = std::exchange(stage_, Stage::ended);
    if (stage == Stage::awaited)
        current_step.next = waits_.parent;
    else if (stage == Stage::owned)
        current_step.ended = this; // its owner may destroy the frame, which is not yet left
}

void TaskPromiseBase::raise() {
    detail::raise_substitute(*this);
    raised_ = true;
    std::string reason;
    try {
        reason = scope_->cancel_reason();
    } catch (const std::bad_alloc&) {
        // Then without it.
    }
    throw Cancelled(std::move(reason));
}

void detail::raise_substitute(const TaskPromiseBase& promise) {
    Substitute* substitute = current_step.substitute;
    if (substitute == nullptr || substitute->coroutine != &promise) return;
    current_step.substitute = nullptr;
    std::rethrow_exception(substitute->exception);
}

void TaskPromiseBase::rethrow(const Failure& failure) {
    failure_ = failure;
    if (failure_.cancelled()) raised_ = true;
    failure_.rethrow();
}

// The first one that finds no room makes some, and destroys there, one by one, what the frames within its frame find no
// room for.
void TaskPromiseBase::destroy_later(TaskPromiseBase& promise) noexcept {
    static constinit thread_local TaskPromiseBase* waiting = nullptr;
    static constinit thread_local bool destroying = false;
    promise.waits_.parent = std::exchange(waiting, &promise);
    if (destroying) return;
    destroying = true;
    NestingRoom room;
    while (waiting != nullptr) {
        TaskPromiseBase* next = std::exchange(waiting, waiting->waits_.parent);
        next->handle().destroy();
    }
    destroying = false;
}

} // namespace corduroy
