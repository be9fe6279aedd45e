#pragma once

#include <corduroy/async/scope_reference.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/frame_pool.hpp>
#include <corduroy/reactor/step.hpp>

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

namespace corduroy::detail {

class DeferredBranches;
class DeferredWait;

// What the states behind all Deferreds have in common, whatever their type: who refers to them, what they came to, and
// who is next. A chain of callbacks is a list of such states. Each but the first, which a producer or a Task fires,
// holds a callback and makes its own result from that of the state before. A state owns the one behind it, and knows
// the one before it until that has fired. Its result is taken once: by the next in the chain, or by a coroutine that
// waits; or it is shared, and each of the branches then begins a chain of its own.
class DeferredCore : public FromFramePool {
public:
    enum class Kind : std::uint8_t {
        plain,        // fired by whoever has the right to
        continuation, // fired by the state before it
        shared,       // a continuation whose result goes to its branches
        branch,       // fired by the shared state that it belongs to
        task,         // fired by a Task
    };

    DeferredCore(Kind kind, const std::source_location& created) noexcept : created_(created), kind_(kind) {}
    // A continuation of `before`, added at `site` in the group that is ambient there.
    DeferredCore(const DeferredCore& before, const std::source_location& site, Kind kind = Kind::continuation)
        : created_(before.created_), site_(site), scope_(ScopeReference::to_ambient_group()), kind_(kind) {}
    DeferredCore& operator=(const DeferredCore&) = delete;

    void retain() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) destroy();
    }

    // Counts those who have the right to fire it, and to pause it. When the last of them goes, a pause ends, and if it
    // has not fired it fails.
    void add_source() noexcept {
        check_thread();
        ++sources_;
    }
    void drop_source() noexcept {
        check_thread();
        if (--sources_ == 0) sources_gone();
    }

    // Whether it has come to something, which may have been taken since.
    bool called() const noexcept { return status_ != Status::pending; }
    // Whether it has come to something, and no pause holds that back.
    bool hands_out() const noexcept { return called() && paused_ == 0; }
    bool has_value() const noexcept { return status_ == Status::value; }
    // Whether it was ended by the cancellation of a scope around its Task, which is no failure of its own.
    bool unwound() const noexcept { return status_ == Status::unwound; }
    const Failure& failure() const noexcept { return failure_; }
    void mark_taken() noexcept { status_ = Status::taken; }
    const std::source_location& created() const noexcept { return created_; }

    // Fires it with a failure, which notes where.
    void errback(Failure failure, const std::source_location& site);
    // Has the canceller fire it, or fails it with CancelledError; or cancels what it waits for. With `insist`, whatever
    // the chain comes to wait for later is cancelled too, and a coroutine does not wait for the end of a pause.
    void cancel(const std::source_location& site, bool insist) noexcept;

    void pause();
    void unpause();

    // Makes `next` the one that takes the result, now or when there is one. Throws where it goes to somebody already.
    void attach(DeferredCore& next);
    void check_unclaimed() const;
    // Throws where it is not for whoever holds a handle to fire it.
    void check_fired_by_hand(const std::source_location& site) const;
    // Throws where this one waits for `inner` from now on and that, by way of others, for this one.
    void check_no_circle(DeferredCore& inner);
    // Throws where a coroutine in `scope` belongs to the Task that fires this one in the end.
    void check_no_self_await(const CancelScope& scope) const;

    // Notes that another one's result may fire it.
    void mark_forwarded() noexcept { forwarded_ = true; }

    // "a Deferred created at …, " and what it waits for, or came to: a value as `value_text` has it.
    std::string describe(std::string_view value_text) const;

protected:
    virtual ~DeferredCore() = default;

    // False where the shot is to be ignored: the late result of what was cancelled. Throws where it was fired before.
    bool may_fire(const std::source_location& site);
    void mark_fired(const std::source_location& site) noexcept {
        site_ = site;
        status_ = Status::value;
        forget_canceller();
    }
    // Runs the callbacks behind this state as far as they go, one after another and not one within another (law 4).
    void run() noexcept;

    void set_value_ready() noexcept { status_ = Status::value; }
    void set_failure(Failure failure) noexcept;
    // Takes over a failure that no callback of this state's has touched.
    void take_failure(DeferredCore& from) noexcept;
    // The same, where several take it.
    void copy_failure(DeferredCore& from) noexcept;
    // Takes what a callback of this state's threw or returned, perhaps the failure it was given.
    void fail_by_callback(const Failure& given, Failure failure) noexcept;
    // Whether the failure of `from` is for an errback of this state's. A scope's cancellation is not, but to those who
    // stand in no cancelled scope it is an ordinary CancelledError.
    bool hands_over(DeferredCore& from) const;

    // Waits for `inner`, which a callback returned; false where that has a result already, for this one to take.
    bool follow(DeferredCore& inner);
    bool following() const noexcept { return following_; }

    // For continuations: makes a result of that of the state before, or takes over that of the one it follows. Gives
    // the state to go on from: itself, or one that it has fired.
    virtual DeferredCore* step(DeferredCore&) noexcept { return this; }
    // Ends what fires a state of another kind than a continuation.
    virtual void cancel_source(const std::source_location& site) noexcept;
    // Why, where it is cancelled for a coroutine that waits at the end of the chain; otherwise empty.
    std::string_view cancel_reason() const noexcept;
    // Calls the canceller, which is there no more afterwards, nor once the state was fired.
    virtual void call_canceller() {}
    virtual void forget_canceller() noexcept {}
    // The branches of a shared state.
    virtual DeferredBranches* branches() noexcept { return nullptr; }
    // Whose end this one waits for, and who waits for this one alone; null where there is none, or where it is not for
    // certain.
    virtual const DeferredCore* waits_for() const noexcept { return before_; }
    virtual const DeferredCore* leads_to() const noexcept { return next_; }
    // The scope of the Task that fires it, while that runs.
    virtual const CancelScope* task_scope() const noexcept { return nullptr; }

    void check_thread() const noexcept {
        if (thread_ != &current_step) wrong_thread();
    }
    const ScopeReference& scope() const noexcept { return scope_; }
    const std::source_location& site() const noexcept { return site_; }

private:
    friend class DeferredRun;
    friend class DeferredWait;

    enum class Status : std::uint8_t { pending, value, failure, unwound, taken };

    [[noreturn]] static void wrong_thread() noexcept;
    void claim();
    void sources_gone() noexcept;
    void abandon() noexcept;
    void destroy() noexcept;
    void release_waiter() noexcept;
    std::string waiting_text() const;

    Failure failure_;
    std::source_location created_;
    std::source_location site_; // where it was fired; of a continuation, where it was added
    ScopeReference scope_;      // of a continuation, the scope its callback runs in
    const Step* thread_ = &current_step;
    DeferredCore* next_ = nullptr;   // owned
    DeferredCore* before_ = nullptr; // the one that this one waits for; in a run's list of abandoned ones, the next
    DeferredWait* wait_ = nullptr;   // the coroutine that waits
    std::uint32_t references_ = 0;
    std::uint32_t sources_ = 0;
    std::uint32_t paused_ = 0;
    Kind kind_;
    Status status_ = Status::pending;
    bool claimed_ = false;       // somebody has the result, or will have it
    bool following_ = false;     // its callback has run; it waits for what that returned
    bool insists_ = false;       // what it comes to wait for is cancelled
    bool swallows_late_ = false; // the next shot is the late result of what was cancelled
    bool forwarded_ = false;     // another one's result may fire it
    bool copied_ = false;        // a branch has taken the failure
};

// Sets a callback into the scope it belongs to, for as long as it runs: no coroutine is current then.
class CallbackScope {
public:
    explicit CallbackScope(const ScopeReference& reference) noexcept
        : task_(current_step.task), scope_(current_step.scope) {
        CancelScope* scope = reference.scope();
        if (scope == nullptr) return;
        current_step.task = nullptr;
        current_step.scope = scope;
    }
    CallbackScope(const CallbackScope&) = delete;
    CallbackScope& operator=(const CallbackScope&) = delete;
    ~CallbackScope() {
        current_step.task = task_;
        current_step.scope = scope_;
    }

private:
    TaskPromiseBase* task_;
    CancelScope* scope_;
};

} // namespace corduroy::detail
