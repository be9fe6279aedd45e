#include <corduroy/async/generator/cooperative_task.hpp>

namespace corduroy {

bool CooperativeTask::pause() noexcept {
    if (done()) return false;
    if (state_->pauses++ == 0) state_->unpaused.clear();
    return true;
}

bool CooperativeTask::resume() noexcept {
    if (done() || state_->pauses == 0) return false;
    if (--state_->pauses == 0) state_->unpaused.set();
    return true;
}

bool CooperativeTask::stop() noexcept {
    if (done()) return false;
    state_->stopped = true;
    if (state_->scope != nullptr) state_->scope->cancel();
    return true;
}

namespace {

Task<bool> wait_until_done(std::shared_ptr<detail::CooperativeState> state) {
    co_await state->done.wait();
    if (state->failure) current_step.task->rethrow(state->failure);
    co_return state->completed;
}

} // namespace

Task<bool> CooperativeTask::when_done() const { return wait_until_done(state_); }

} // namespace corduroy
