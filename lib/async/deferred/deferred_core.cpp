#include <corduroy/async/deferred/deferred_core.hpp>

#include <corduroy/async/deferred/deferred_error.hpp>
#include <corduroy/async/deferred/deferred_state.hpp>
#include <corduroy/async/deferred/deferred_wait.hpp>
#include <corduroy/base/fatal.hpp>
#include <corduroy/base/names.hpp>
#include <corduroy/reactor/reactor.hpp>

#include "async/deferred/deferred_cancelled.hpp"
#include "async/deferred/deferred_report.hpp"
#include "async/deferred/deferred_run.hpp"

#include <string>
#include <unistd.h>

namespace corduroy::detail {

namespace {

// Cancels what a chain has come to wait for, in a coming turn: so that a chain which begins something new whenever it
// is cancelled stops nobody else.
struct LateCancel : Ready, FromFramePool {
    LateCancel(DeferredCore& core, const std::source_location& site) noexcept : Ready(&run), core(&core), site(site) {}

    static void run(Ready& ready) noexcept {
        auto* self = &static_cast<LateCancel&>(ready);
        self->core->cancel(self->site, true);
        delete self;
    }

    DeferredRef<DeferredCore> core;
    std::source_location site;
};

} // namespace

void DeferredCore::wrong_thread() noexcept {
    fatal("a Deferred was used from a thread that is not its own; call_from_thread is the way in from another thread");
}

void DeferredCore::check_fired_by_hand(const std::source_location& site) const {
    if (kind_ == Kind::plain) return;
    throw Error(created_at(created_) + (kind_ == Kind::task ? " is fired by its Task" : " fires what continues it") +
                ", and not by hand, as at " + site_text(site));
}

bool DeferredCore::may_fire(const std::source_location& site) {
    check_thread();
    if (kind_ == Kind::plain && !called()) return true;
    if (std::exchange(swallows_late_, false)) return false;
    check_fired_by_hand(site);
    throw AlreadyCalledError(created_, site_, site);
}

void DeferredCore::errback(Failure failure, const std::source_location& site) {
    if (!failure) throw Error("errback was called without a failure, and no exception is being handled");
    if (!may_fire(site)) return;
    mark_fired(site);
    failure.add_site(site);
    set_failure(std::move(failure));
    run();
}

void DeferredCore::set_failure(Failure failure) noexcept {
    status_ = failure.cancelled() ? Status::unwound : Status::failure;
    failure_ = std::move(failure);
}

void DeferredCore::take_failure(DeferredCore& from) noexcept {
    status_ = from.status_;
    failure_ = std::move(from.failure_);
    from.mark_taken();
}

void DeferredCore::copy_failure(DeferredCore& from) noexcept {
    status_ = from.status_;
    failure_ = from.failure_;
    from.copied_ = true;
}

void DeferredCore::fail_by_callback(const Failure& given, Failure failure) noexcept {
    if (!failure)
        failure = Failure::made_by(
            [&] { return Error("a callback of " + created_at(created_) + " returned an empty Failure"); });
    if (given && failure.exception() == given.exception()) failure = given; // with the places it came through before
    failure.add_site(site_);
    set_failure(std::move(failure));
}

bool DeferredCore::hands_over(DeferredCore& from) const {
    if (!from.unwound()) return true;
    const CancelScope* scope = scope_.scope();
    if (scope != nullptr && scope->cancelled()) return false;
    from.failure_ = as_deferred_failure(from.failure_, created_);
    from.status_ = Status::failure;
    return true;
}

void DeferredCore::check_unclaimed() const {
    if (claimed_)
        throw Error("the result of " + created_at(created_) +
                    " goes to a callback or an await already: go on from what add_callback returned, or share it by a "
                    "SharedDeferred");
}

void DeferredCore::claim() {
    check_thread();
    check_unclaimed();
    claimed_ = true;
}

void DeferredCore::attach(DeferredCore& next) {
    claim();
    next.before_ = this;
    next.retain();
    next_ = &next;
    if (called()) run();
}

bool DeferredCore::follow(DeferredCore& inner) {
    check_no_circle(inner);
    inner.claim();
    if (inner.hands_out()) return false;
    retain();
    inner.next_ = this;
    before_ = &inner;
    following_ = true;
    if (insists_) Reactor::current().enqueue(*new LateCancel(*this, site_));
    return true;
}

void DeferredCore::cancel(const std::source_location& site, bool insist) noexcept {
    check_thread();
    insists_ |= insist;
    DeferredCore* core = this;
    for (; !core->called(); core = core->before_) {
        core->insists_ |= insist;
        if (core->before_ != nullptr) continue;
        // A continuation that waits for nothing is one whose callback is running: its outcome is its own affair.
        if (core->kind_ == Kind::continuation || core->kind_ == Kind::shared) return;
        DeferredRef<DeferredCore> keep(core);
        return core->cancel_source(site);
    }
    if (insist) release_waiter();
}

void DeferredCore::cancel_source(const std::source_location& site) noexcept {
    Failure thrown;
    try {
        call_canceller();
    } catch (...) {
        thrown = Failure::current();
    }
    if (called()) {
        if (thrown)
            report_failure(thrown, text_or_no_memory([&] { return "the canceller of " + created_at(created_); }));
        return;
    }
    swallows_late_ = true;
    mark_fired(site);
    Failure failure = Failure::made_by([&] { return DeferredCancelled(created_, cancel_reason()); });
    failure.add_suppressed(std::move(thrown));
    set_failure(std::move(failure));
    run();
}

std::string_view DeferredCore::cancel_reason() const noexcept {
    const DeferredCore* last = this;
    while (last->next_ != nullptr) last = last->next_;
    return last->wait_ != nullptr ? last->wait_->cancel_reason() : std::string_view();
}

void DeferredCore::pause() {
    check_thread();
    ++paused_;
}

void DeferredCore::unpause() {
    check_thread();
    if (paused_ == 0) throw Error(created_at(created_) + " was unpaused more often than paused");
    if (--paused_ == 0 && called()) run();
}

// A coroutine whose await was cancelled does not wait until somebody unpauses what is before it: the result stays.
void DeferredCore::release_waiter() noexcept {
    if (!insists_) return;
    DeferredCore* last = this;
    while (last->next_ != nullptr) last = last->next_;
    if (last->insists_ && last->wait_ != nullptr) std::exchange(last->wait_, nullptr)->give_up();
}

void DeferredCore::sources_gone() noexcept {
    bool was_paused = std::exchange(paused_, 0) != 0;
    if (kind_ == Kind::plain && !called())
        abandon();
    else if (was_paused && called())
        run();
}

void DeferredCore::abandon() noexcept {
    if (references_ == 1 && next_ == nullptr) return; // nobody will miss it
    mark_fired(created_);
    set_failure(Failure::made_by([&] { return AbandonedError(created_); }));
    if (next_ == nullptr && wait_ == nullptr) return;
    if (current_step.run != nullptr)
        current_step.run->add_abandoned(*this);
    else
        run();
}

void DeferredCore::destroy() noexcept {
    if (status_ == Status::failure && !copied_ && !failure_.check<DeferredCancelled, AbandonedError>())
        report_failure(failure_, text_or_no_memory([&] { return "a Deferred created at " + site_text(created_); }));
    delete this;
}

void report_failure(const Failure& failure, const std::string& context) noexcept {
    if (Reactor* reactor = Reactor::current_or_null()) return reactor->report_unhandled(failure, context);
    std::string text = text_or_no_memory(
        [&] { return "corduroy: unhandled failure in " + context + "\n" + failure.traceback() + "\n"; });
    [[maybe_unused]] auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

} // namespace corduroy::detail
