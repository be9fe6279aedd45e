#include <corduroy/async/generator/side_work.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/base/error.hpp>

namespace corduroy::detail {

SideWork::~SideWork() {
    Reactor* reactor = Reactor::current_or_null();
    if (failure_ && reactor != nullptr) reactor->report_unhandled(failure_, "a generator that was dropped");
}

void SideWork::start(std::shared_ptr<SideWork> work, TaskGroup& group) { group.spawn_unlimited(run(std::move(work))); }

void SideWork::leave() noexcept {
    left_ = true;
    if (workers_ != nullptr) workers_->cancel();
}

void SideWork::item_came() noexcept {
    if (consumer_ != nullptr && has_item()) std::exchange(consumer_, nullptr)->resume();
}

void SideWork::item_taken() noexcept {
    if (waiting_.empty())
        ++room_;
    else
        waiting_.take_first().resume();
}

Task<> SideWork::run_workers() {
    auto body = [this](TaskGroup& workers) -> Task<> {
        workers_ = &workers;
        if (left_) workers.cancel();
        co_await work(workers);
    };
    co_await with_task_group(body);
}

Task<> SideWork::run(std::shared_ptr<SideWork> self) {
    Task<> workers = self->run_workers();
    auto outcome = co_await in_scope(current_step.task->scope(), workers);
    self->workers_ = nullptr;
    Failure failure = outcome.failure();
    self->cancelled_ = failure.cancelled();
    if (self->cancelled_) failure = Failure();
    // Not even a cancelled group keeps the sources from their clean-up.
    try {
        co_await shield(self->close_sources());
    } catch (...) {
        if (failure)
            failure.add_suppressed(Failure::current());
        else
            failure = current_step.task->failure();
    }
    self->ended_ = true;
    if (self->left_ && self->consumer_ == nullptr && failure) current_step.task->rethrow(failure);
    self->failure_ = std::move(failure);
    if (self->consumer_ != nullptr) std::exchange(self->consumer_, nullptr)->resume();
}

void SideWork::raise_failure() {
    if (failure_) current_step.task->rethrow(std::exchange(failure_, Failure()));
    if (cancelled_ && !left_)
        throw CancelledError("the group was cancelled in which the items of a generator were made");
}

} // namespace corduroy::detail
