#include <corduroy/async/deferred/deferred.hpp>

#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/fatal.hpp>
#include <corduroy/base/names.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <string>
#include <unistd.h>

namespace corduroy {

namespace {

std::string created_at(const std::source_location& created) { return "the Deferred created at " + site_text(created); }

// What a cancelled Deferred fails with. By this type we know that somebody asked for it, and need not report it; and it
// keeps the phase that a Task was in, for the TimeoutError that it may become.
class DeferredCancelled final : public CancelledError {
public:
    explicit DeferredCancelled(const std::source_location& created, std::string phase = {})
        : CancelledError((phase.empty() ? created_at(created) : phase) + " was cancelled"), phase_(std::move(phase)) {}

    const std::string& phase() const noexcept { return phase_; }

private:
    std::string phase_;
};

std::string phase_of(const Failure& failure) {
    try {
        failure.rethrow();
    } catch (const Cancelled& cancelled) {
        return cancelled.phase();
    } catch (const DeferredCancelled& cancelled) {
        return cancelled.phase();
    } catch (...) {
        return {};
    }
}

} // namespace

AlreadyCalledError::AlreadyCalledError(const std::source_location& created, const std::source_location& first_fired,
                                       const std::source_location& fired_again)
    : Error(created_at(created) + " was fired twice: first at " + site_text(first_fired) + ", again at " +
            site_text(fired_again)),
      created_(created), first_fired_(first_fired) {}

AbandonedError::AbandonedError(const std::source_location& created)
    : Error(created_at(created) + " was abandoned: nobody is left who could fire it") {}

namespace detail {

namespace {

// Cancels what a chain has come to wait for, in a coming turn: so that a chain which begins something new whenever it
// is cancelled stops nobody else.
struct LateCancel : Ready {
    LateCancel(DeferredCore& core, const std::source_location& site) noexcept : Ready(&run), core(&core), site(site) {}

    static void* operator new(std::size_t size) { return allocate_frame(size); }
    static void operator delete(void* memory, std::size_t size) noexcept { release_frame(memory, size); }

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

bool DeferredCore::may_fire(const std::source_location& site) {
    check_thread();
    if (kind_ == Kind::plain && !called()) return true;
    if (std::exchange(swallows_late_, false)) return false;
    if (kind_ == Kind::plain) throw AlreadyCalledError(created_, site_, site);
    throw Error(created_at(created_) + (kind_ == Kind::task ? " is fired by its Task" : " fires what continues it") +
                ", and not by hand, as at " + site_text(site));
}

void DeferredCore::errback(Failure failure, const std::source_location& site) {
    if (!failure) throw Error("errback was called without a failure, and no exception is being handled");
    if (!may_fire(site)) return;
    mark_fired(site);
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

void DeferredCore::fail_by_callback(const Failure& given) noexcept {
    Failure failure = Failure::current();
    if (given && failure.exception() == given.exception()) failure = given; // with the places it came through before
    failure.add_site(site_);
    set_failure(std::move(failure));
}

bool DeferredCore::hands_over(DeferredCore& from) const {
    if (!from.unwound()) return true;
    const CancelScope* scope = scope_.scope();
    if (scope != nullptr && scope->cancelled()) return false;
    from.failure_ = Failure::of(DeferredCancelled(created_, phase_of(from.failure_)));
    return true;
}

void DeferredCore::check_unclaimed() const {
    if (claimed_)
        throw Error("the result of " + created_at(created_) +
                    " goes to a callback or an await already: go on from what add_callback returned");
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
    if (&inner == this)
        throw Error("a callback of " + created_at(created_) +
                    " returned what continues it, which would wait for itself");
    inner.claim();
    if (inner.called()) return false;
    retain();
    inner.next_ = this;
    before_ = &inner;
    following_ = true;
    if (insists_) Reactor::current().enqueue(*new LateCancel(*this, site_));
    return true;
}

void DeferredCore::run() noexcept {
    DeferredRef<DeferredCore> current(this);
    while (DeferredCore* next = std::exchange(current->next_, nullptr)) {
        next->before_ = nullptr;
        next->step(*current);
        current = DeferredRef<DeferredCore>(next);
        next->release(); // what next_ held
        if (!current->called()) return;
    }
    if (DeferredWait* wait = std::exchange(current->wait_, nullptr)) wait->ended();
}

void DeferredCore::cancel(const std::source_location& site, bool insist) noexcept {
    check_thread();
    DeferredCore* core = this;
    for (;; core = core->before_) {
        if (core->called()) return;
        core->insists_ |= insist;
        if (core->before_ == nullptr) break;
    }
    // A continuation that waits for nothing is one whose callback is running: its outcome is its own affair.
    if (core->kind_ == Kind::continuation) return;
    DeferredRef<DeferredCore> keep(core);
    core->cancel_source(site);
}

void DeferredCore::cancel_source(const std::source_location& site) noexcept {
    Failure thrown;
    try {
        call_canceller();
    } catch (...) {
        thrown = Failure::current();
    }
    if (called()) return;
    swallows_late_ = true;
    mark_fired(site);
    Failure failure = Failure::of(DeferredCancelled(created_));
    failure.add_suppressed(std::move(thrown));
    set_failure(std::move(failure));
    run();
}

void DeferredCore::abandon() noexcept {
    if (references_ == 1 && next_ == nullptr) return; // nobody will miss it
    mark_fired(created_);
    set_failure(Failure::of(AbandonedError(created_)));
    run();
}

void DeferredCore::destroy() noexcept {
    if (status_ == Status::failure) report();
    delete this;
}

void DeferredCore::report() noexcept {
    if (failure_.check<DeferredCancelled, AbandonedError>()) return;
    std::string context = "a Deferred created at " + site_text(created_);
    if (Reactor* reactor = Reactor::current_or_null()) return reactor->report_unhandled(failure_, context);
    std::string text = "corduroy: unhandled failure in " + context + "\n" + failure_.traceback() + "\n";
    [[maybe_unused]] auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

TaskGroup& ambient_group() {
    CancelScope* scope = CancelScope::current();
    if (scope == nullptr || scope->group() == nullptr)
        throw Error("a Task can be made a Deferred only inside run or react, which join it in the end");
    return *scope->group();
}

Failure explain_task_failure(const Failure& failure, const CancelScope& scope, const std::source_location& created) {
    if (!failure.cancelled() || scope.enclosing_cancelled()) return failure;
    return Failure::of(DeferredCancelled(created, phase_of(failure)));
}

DeferredWait::DeferredWait(TaskPromiseBase& task, DeferredCore& core)
    : Suspension([](Waiter& waiter) noexcept { static_cast<DeferredWait&>(waiter).ask_cancel(); }),
      Ready([](Ready& ready) noexcept {
          auto& self = static_cast<DeferredWait&>(ready);
          self.cancel_queued_ = false;
          if (self.ended_)
              self.resume();
          else
              self.core_.cancel(self.task_.site(), true);
      }),
      task_(task), core_(core) {
    core.check_unclaimed();
}

bool DeferredWait::await_ready() noexcept {
    if (!core_.called()) return false;
    raises_ = task_.must_raise();
    if (raises_) return !task_.raised_before();
    core_.claimed_ = true;
    return true;
}

void DeferredWait::begin() noexcept {
    reactor_ = &Reactor::current();
    core_.claimed_ = true;
    core_.wait_ = this;
}

void DeferredWait::ask_cancel() noexcept {
    cancel_asked_ = cancel_queued_ = true;
    reactor_->enqueue(*this);
}

void DeferredWait::ended() noexcept {
    if (cancel_queued_) {
        ended_ = true; // this must stay until its turn in the queue has come
        return;
    }
    // A Deferred may be fired between the turns of a reactor that another loop drives.
    Reactor* turning = std::exchange(current_step.reactor, reactor_);
    resume();
    current_step.reactor = turning;
}

void DeferredWait::take() {
    if (raises_) task_.raise();
    if (!core_.has_value()) raise_failure();
}

void DeferredWait::raise_failure() {
    Failure failure = core_.failure();
    bool unwound = core_.unwound();
    core_.mark_taken();
    bool ours = unwound ? task_.must_raise() : cancel_asked_ && failure.check<CancelledError>();
    if (ours && !unwound) {
        Cancelled cancelled;
        cancelled.during(phase_of(failure));
        failure = Failure::of(std::move(cancelled));
    } else if (!ours && unwound) {
        failure = Failure::of(DeferredCancelled(core_.created_, phase_of(failure)));
    }
    task_.rethrow(failure);
}

} // namespace detail

} // namespace corduroy
