#pragma once

#include <corduroy/async/awaiting.hpp>
#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/base/debugger.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/frame_pool.hpp>
#include <corduroy/reactor/nesting_room.hpp>
#include <corduroy/reactor/ready.hpp>
#include <corduroy/reactor/step.hpp>
#include <corduroy/reactor/task_list.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <source_location>
#include <utility>

namespace corduroy {

// Who starts a Task without awaiting it and is told of its end: a group, `gather`, the runner of main. For the task
// tree it knows what it is, in a word or two that live for ever, and in which coroutine's frame it lies, if in any.
class TaskOwner {
public:
    // The task has ended; its frame may be destroyed now. Called outside any coroutine.
    virtual void task_ended(TaskPromiseBase& task) noexcept = 0;

    const char* role() const noexcept { return role_; }
    // May have ended long ago: to be compared with those that run, not to be followed.
    const TaskPromiseBase* home() const noexcept { return home_; }

protected:
    explicit TaskOwner(const char* role = "task", const TaskPromiseBase* home = current_step.task) noexcept
        : role_(role), home_(home) {}
    ~TaskOwner() = default;

private:
    friend struct detail::DebuggerTable;

    const char* role_;
    const TaskPromiseBase* home_;
};

// What a suspended coroutine waits for: another one, something else at an AwaitPoint, or nothing but its turn. One
// word, the low bit of which tells a point from a coroutine.
class Awaited {
public:
    Awaited() noexcept {} // NOLINT: uninitialised, as a coroutine's is until it suspends
    explicit Awaited(std::nullptr_t) noexcept : word_(0) {}
    explicit Awaited(const TaskPromiseBase& child) noexcept : word_(reinterpret_cast<std::uintptr_t>(&child)) {}
    explicit Awaited(const detail::AwaitPoint& point) noexcept
        : word_(reinterpret_cast<std::uintptr_t>(&point) | is_point) {}

    // Null where it is the other one.
    const TaskPromiseBase* child() const noexcept {
        return (word_ & is_point) == 0 ? reinterpret_cast<const TaskPromiseBase*>(word_) : nullptr;
    }
    const detail::AwaitPoint* point() const noexcept {
        return (word_ & is_point) != 0 ? reinterpret_cast<const detail::AwaitPoint*>(word_ - is_point) : nullptr;
    }

private:
    static constexpr std::uintptr_t is_point = 1;

    std::uintptr_t word_;
};

// What all coroutines of type Task have in common. A Task starts the one it awaits by a nested call, which costs least
// where that one ends at once; but only while there is NestingRoom. Beyond it, and whenever an awaited Task ends later,
// the one to go on with is left in `current_step`, and the loop in `run_task` resumes it: so the depth of the stack is
// bounded (law 4). Symmetric transfer would not do, for it is no tail call everywhere.
class TaskPromiseBase : public Ready, public TaskLink {
public:
    TaskPromiseBase() noexcept : Ready(&run_task) {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
        if (handle().address() == last_frame + sizeof(void*)) frame_corrupted();
#endif
    }

    static void* operator new(std::size_t size) { return prepare_frame(allocate_frame(size)); }
    static void operator delete(void* frame, std::size_t size) noexcept { release_frame(frame, size); }

    std::suspend_always initial_suspend() const noexcept { return {}; }

    struct FinalSuspend {
        bool await_ready() const noexcept { return false; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
            handle.promise().end();
        }
        void await_resume() const noexcept {}
    };
    FinalSuspend final_suspend() const noexcept { return {}; }

    // Keeps the exception that leaves the coroutine, with the await site it came through.
    void unhandled_exception() noexcept;

    template <class Awaitable>
    auto await_transform(Awaitable&& awaitable, std::source_location site = std::source_location::current()) {
        site_ = site;
        return make_awaiter(*this, std::forward<Awaitable>(awaitable));
    }

    CancelScope& scope() const noexcept { return *scope_; }
    // The coroutine, found by where the promise lies in its frame: as all frames are aligned alike, at the same
    // distance.
    std::coroutine_handle<> handle() noexcept { return std::coroutine_handle<TaskPromiseBase>::from_promise(*this); }
    std::source_location site() const noexcept { return site_; }
    bool started() const noexcept { return stage_ != Stage::created; }
    bool ended() const noexcept { return stage_ == Stage::ended; }
    bool running() const noexcept { return stage_ != Stage::created && stage_ != Stage::ended; }
    const Failure& failure() const noexcept { return failure_; }

    // For the task tree. Of one that was started by an owner, how many were on its reactor, with it; 0 for others.
    std::uint32_t number() const noexcept { return number_; }
    // Who awaits this one, or whose it is; one is null, both unless it runs. What it waits for is
    // meaningful as long as it is suspended.
    const TaskPromiseBase* parent() const noexcept {
        return stage_ == Stage::nested || stage_ == Stage::awaited ? waits_.parent : nullptr;
    }
    const TaskOwner* owner() const noexcept { return stage_ == Stage::owned ? waits_.owner : nullptr; }
    Awaited awaited() const noexcept { return awaited_; }
    void waits_at(const detail::AwaitPoint& point) noexcept { awaited_ = Awaited(point); }
    void waits_for_its_turn() noexcept { awaited_ = Awaited(nullptr); }

    // Runs this coroutine for `parent`, which awaits it, in `scope`. False where it has ended by then: the parent goes
    // on as if it had not been suspended.
    bool start_under(TaskPromiseBase& parent, CancelScope& scope) noexcept {
        Step& step = current_step;
        bool lets_others_go_first = --step.ready_awaits <= 0;
        if (!lets_others_go_first && !NestingRoom::used_up()) [[likely]] {
            begin(Stage::nested, scope);
            waits_.parent = &parent;
            step.task = this;
            handle().resume();
            if (stage_ == Stage::nested) { // it waits for something
                stage_ = Stage::awaited;
                parent.awaited_ = Awaited(*this);
                return true;
            }
            step.task = &parent;
            return false;
        }
        begin(Stage::awaited, scope);
        waits_.parent = &parent;
        parent.awaited_ = Awaited(*this);
        if (lets_others_go_first)
            detail::enqueue(*this);
        else
            step.next = this;
        return true;
    }
    // For a coroutine that gives many values: it stops here, where nothing of its own is under way, and who awaits it
    // goes on. It may be started anew, under anybody, or destroyed.
    void pause(const std::source_location& site) noexcept {
        site_ = site;
        if (std::exchange(stage_, Stage::created) == Stage::awaited) current_step.next = waits_.parent;
    }
    // Starts the coroutine in a coming turn; `owner` is told of its end.
    void start_owned(TaskOwner& owner, CancelScope& scope) noexcept;

    // For awaiters. Whether the await that begins must raise `Cancelled`; and raising it. Two in a row, with nothing
    // awaited to the end between them, go through the ready queue, so that a loop which swallows them stops nobody
    // else.
    bool must_raise() const noexcept { return scope_->cancelled(); }
    bool raised_before() const noexcept { return raised_; }
    [[noreturn]] void raise();
    void await_succeeded() noexcept {
        if (raised_) [[unlikely]]
            raised_ = false;
    }
    // Takes over a failure that an awaited task ended with, and throws it on.
    [[noreturn]] void rethrow(const Failure& failure);

    // Destroys a frame that never started or has ended. One that is in between ends the program: its operations would
    // outlive it. Frames within frames are destroyed by nested calls as long as the stack is shallow.
    static void destroy(TaskPromiseBase& promise) noexcept {
        if (promise.running()) [[unlikely]]
            destroyed_while_running();
        if (NestingRoom::used_up()) [[unlikely]]
            return destroy_later(promise);
        promise.handle().destroy();
    }

private:
    friend struct detail::DebuggerTable;

    // GCC 12 lays the frame of some coroutines out wrongly: it then begins a word behind the memory it was given, and
    // runs over its end. The memory given last tells.
    static void* prepare_frame(void* frame) noexcept {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
        last_frame = static_cast<char*>(frame);
#endif
        return frame;
    }
    // There for every compiler: the library may be another one's than the program.
    [[gnu::tls_model("initial-exec")]] static constinit thread_local char* last_frame;
    enum class Stage : unsigned char {
        created,
        nested,  // runs within `start_under`
        awaited, // by `waits_.parent`
        owned,   // by `waits_.owner`
        ended,
    };

    static void run_task(Ready& ready) noexcept;
    static void run_step(TaskPromiseBase* task) noexcept;
    static void run_observed_step(TaskPromiseBase& task) noexcept;

    void begin(Stage stage, CancelScope& scope) noexcept {
        if (stage_ != Stage::created) [[unlikely]]
            started_twice();
        stage_ = stage;
        scope_ = &scope;
    }
    // The way most Tasks end is short, and calls nothing: the rest is elsewhere.
    void end() noexcept {
        if (stage_ != Stage::nested || failure_) [[unlikely]]
            return end_otherwise();
        stage_ = Stage::ended; // which `start_under` sees
    }
    void end_otherwise() noexcept;
    [[noreturn]] static void started_twice() noexcept;
    [[noreturn]] static void frame_corrupted() noexcept;
    [[noreturn]] static void destroyed_while_running() noexcept;
    static void destroy_later(TaskPromiseBase& promise) noexcept;

    union {
        TaskPromiseBase* parent; // who awaits this one; or, in destruction, the next to be destroyed
        TaskOwner* owner;
    } waits_;            // for the end, once started
    CancelScope* scope_; // once started
    Awaited awaited_;
    Failure failure_; // what the last awaited task threw; in the end, what this one ended with
    std::source_location site_;
    Stage stage_ = Stage::created;
    bool failed_ = false;
    bool raised_ = false;

protected:
    bool has_value_ = false; // for TaskPromise

private:
    std::uint32_t number_ = 0; // to the end of the word: so two stores set all from failure_ on
};

inline bool detail::must_raise(const TaskPromiseBase& promise) noexcept { return promise.must_raise(); }
inline bool detail::raised_before(const TaskPromiseBase& promise) noexcept { return promise.raised_before(); }
inline void detail::await_succeeded(TaskPromiseBase& promise) noexcept { promise.await_succeeded(); }
inline void detail::waits_at(TaskPromiseBase& promise, const AwaitPoint& point) noexcept { promise.waits_at(point); }

} // namespace corduroy
