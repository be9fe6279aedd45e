#include <corduroy/async/starting.hpp>

#include <corduroy/async/substitute.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>

#include <string>
#include <utility>

namespace corduroy::detail {

void Starting::child_ready() noexcept {
    ready_ = true;
    end();
}

void Starting::child_ended(const Failure& failure) noexcept {
    failure_ = failure;
    end();
}

void Starting::end() noexcept {
    over_ = true;
    if (waiting()) resume(); // it may be that nobody has begun to
}

void Starting::cancel_child() noexcept {
    cancel_asked_ = true;
    if (!child_.waiting()) return child_.scope().cancel(scope_->cancel_reason());
    child_.withdraw();
    withdrawn_.reset(&child_);
    end();
}

std::string Starting::waits_for() const {
    if (cancel_asked_) return "end of a cancelled child that was to say when it is ready";
    return child_.waiting() ? "turn of a child in its group" : "child to say that it is ready";
}

void Starting::await_resume() const {
    if (ready_) return;
    TaskPromiseBase& task = *current_step.task;
    if (cancel_asked_) raise_substitute(task);
    if (cancel_asked_ && !failure_.cancelled()) {
        Failure cancelled = Failure::of(Cancelled(std::string(scope_->cancel_reason())));
        cancelled.add_suppressed(failure_);
        task.rethrow(cancelled);
    }
    if (failure_.cancelled() && !cancel_asked_) {
        std::string text = "a Task was cancelled before it said that it was ready: " + failure_.message();
        task.rethrow(failure_.retold(std::make_exception_ptr(CancelledError(text))));
    }
    if (failure_) task.rethrow(failure_);
    throw Error("a Task that was to say when it is ready ended without having said so");
}

bool StartSignal::claim() {
    if (ready_) throw Error("a Task said twice that it is ready");
    if (!starter_->cancel_asked()) return true;
    ready_ = true;
    return false;
}

void StartSignal::ready() noexcept {
    ready_ = true;
    std::exchange(starter_, nullptr)->child_ready();
}

Failure StartSignal::conclude(const Failure& failure) noexcept {
    if (starter_ == nullptr) return failure;
    std::exchange(starter_, nullptr)->child_ended(failure);
    return {};
}

} // namespace corduroy::detail
