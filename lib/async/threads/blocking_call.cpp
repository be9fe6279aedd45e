#include <corduroy/async/threads/blocking_call.hpp>

#include <corduroy/async/deferred/deferred_core.hpp>
#include <corduroy/async/threads/thread_pool.hpp>
#include <corduroy/base/cancelled.hpp>

#include "async/threads/posix_semaphore.hpp"

#include <atomic>

namespace corduroy::detail {

// What the two threads share, for the one that waits may leave where the reactor has stopped, with this in its inbox.
// It has the call until the one or the other has claimed that.
struct BlockingCall::Exchange : Posted {
    explicit Exchange(BlockingCall& made) noexcept : Posted(&Exchange::run), call(&made) {}

    static void run(Posted& posted) noexcept {
        auto& exchange = static_cast<Exchange&>(posted);
        BlockingCall* claimed = exchange.call.exchange(nullptr);
        if (claimed != nullptr)
            claimed->begin_here();
        else
            exchange.drop();
    }

    void drop() noexcept {
        if (holders.fetch_sub(1) == 1) delete this;
    }

    std::atomic<BlockingCall*> call;
    std::atomic<int> holders = 2;
    PosixSemaphore answered;
    ThreadPool* in_step = nullptr; // where the thread is one that runs in step with this loop
};

void BlockingCall::perform(Reactor& reactor) {
    std::string failed = std::string(name_) + " failed: ";
    if (Reactor::current_or_null() != nullptr || reactor.on_own_thread())
        throw Error(failed + "it was called on a reactor's thread, where it would block the loop; co_await there");
    if (host_ != nullptr && host_->cancel_asked()) throw Cancelled();
    auto* exchange = exchange_ = new Exchange(*this);
    if (current_step.job != nullptr && &current_step.job->pool().reactor() == &reactor)
        exchange->in_step = &current_step.job->pool();
    reactor.post(*exchange);
    // The reactor says that it has stopped, and then takes what is in its inbox; here it is the other way round, so
    // that one of the two sees the other.
    if (reactor.stopped() && exchange->call.exchange(nullptr) != nullptr) {
        exchange->drop();
        throw ReactorStopped(failed + "the reactor has stopped");
    }
    if (exchange->in_step != nullptr) exchange->in_step->let_loop_go_on();
    exchange->answered.wait();
    exchange->drop();
}

// On the reactor's thread. The other one waits until it is answered, and the call lives as long.
void BlockingCall::begin_here() noexcept {
    try {
        if (Reactor::current().stopped()) throw ReactorStopped(std::string(name_) + " failed: the reactor has stopped");
        if (host_ == nullptr) return begin();
        if (host_->cancel_asked()) throw Cancelled();
        CallbackScope in_group(host_->group_);
        return begin();
    } catch (...) {
        fail(Failure::current());
    }
    finish(); // when nothing here holds the exception any more, which is the thread's from now on
}

void BlockingCall::finish() noexcept {
    Exchange& exchange = *exchange_;
    exchange.answered.post();
    if (exchange.in_step != nullptr) exchange.in_step->wait_for_thread();
    exchange.drop();
}

TaskGroup& BlockingCall::group() const {
    CancelScope* scope = CancelScope::current();
    if (scope == nullptr || scope->group() == nullptr)
        throw Error(
            std::string(name_) +
            " failed: what it called gave something to await, for which the reactor has to be run by run or react");
    return *scope->group();
}

void BlockingCall::run_in(CancelScope& scope) noexcept {
    if (host_ == nullptr) return;
    host_->call_ = &scope;
    if (host_->cancel_asked()) scope.cancel();
}

void BlockingCall::run_in_none() noexcept {
    if (host_ != nullptr) host_->call_ = nullptr;
}

void BlockingCall::raise(const Failure& failure) const {
    if (failure.cancelled() && host_ == nullptr)
        throw CancelledError(std::string(name_) + ": the call was cancelled before it ended");
    failure.rethrow();
}

} // namespace corduroy::detail
