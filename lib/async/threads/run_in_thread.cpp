#include <corduroy/async/threads/run_in_thread.hpp>

namespace corduroy::detail {

InThread::InThread(std::unique_ptr<ThreadCallBase> call, OnCancel on_cancel)
    : Suspension(&cancel), pool_(ThreadPool::current()), call_(std::move(call)), on_cancel_(on_cancel) {}

InThread::~InThread() = default;

void InThread::begin() noexcept {
    call_->waiting_ = this;
    pool_.start(*call_);
}

void InThread::cancel(Waiter& waiter) noexcept {
    auto& self = static_cast<InThread&>(waiter);
    ThreadCallBase& call = *self.call_;
    call.cancel();
    if (call.pool().withdraw(call)) return self.cancelled();
    if (self.on_cancel_ == OnCancel::join) return; // until it has ended
    call.waiting_ = nullptr;
    self.call_.release();
    self.cancelled();
}

std::string InThread::waits_for() const {
    ThreadPool& pool = call_->pool();
    return call_->begun() ? "a thread's work" : "a thread, all of " + std::to_string(pool.limit()) + " are busy";
}

void ThreadCallBase::ended() noexcept {
    if (waiting_ != nullptr)
        waiting_->resume();
    else
        delete this;
}

} // namespace corduroy::detail
