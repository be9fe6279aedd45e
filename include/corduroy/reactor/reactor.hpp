#pragma once

#include <corduroy/base/debugger.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/base/unique_function.hpp>
#include <corduroy/kernel/kernel.hpp>
#include <corduroy/reactor/delayed_call.hpp>
#include <corduroy/reactor/inbox.hpp>
#include <corduroy/reactor/instrument.hpp>
#include <corduroy/reactor/log.hpp>
#include <corduroy/reactor/program.hpp>
#include <corduroy/reactor/reactor_bound.hpp>
#include <corduroy/reactor/reactor_stats.hpp>
#include <corduroy/reactor/ready.hpp>
#include <corduroy/reactor/roster.hpp>
#include <corduroy/reactor/service.hpp>
#include <corduroy/reactor/step.hpp>
#include <corduroy/reactor/task_list.hpp>
#include <corduroy/reactor/timer_queue.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <source_location>
#include <string_view>
#include <utility>
#include <vector>

namespace corduroy {

class RootTask;

// The loop: runs what is ready, fires timers, and enters the kernel once a turn to submit and wait. One thread owns a
// reactor, the one that made it; `call_from_thread`, `post` and `interrupt` alone may be called from elsewhere, any
// other call from another thread ends the program with a message (law 1). Several reactors in several threads know
// nothing of each other. Most programs never name it: see `react` and `run`.
class Reactor {
public:
    // On the real ring; throws IoError where io_uring is refused.
    Reactor();
    explicit Reactor(std::unique_ptr<kernel::Kernel> kernel);
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;
    // Stops the services, closes the streams and listeners that somebody still has, waits for what is in flight, and
    // frees what is scheduled.
    ~Reactor();

    // The reactor whose turn it is on this thread; `current` ends the program where there is none.
    static Reactor& current() noexcept {
        if (current_step.reactor == nullptr) [[unlikely]]
            none_runs();
        return *current_step.reactor;
    }
    static Reactor* current_or_null() noexcept { return current_step.reactor; }

    kernel::Kernel& kernel() noexcept { return *kernel_; }

    // The time, read once a turn.
    TimePoint now() const noexcept { return now_; }

    // Runs `item` in a coming turn, after all that is queued already.
    void enqueue(Ready& item) noexcept {
        check_thread();
        ready_.push(item);
    }
    // Whether anything is queued.
    bool has_ready() const noexcept { return !ready_.empty(); }

    void submit(kernel::Operation& operation) noexcept {
        check_thread();
        kernel_->submit(operation);
    }
    void cancel(kernel::Operation& operation) noexcept {
        check_thread();
        kernel_->cancel(operation);
    }

    // Sets a timer that belongs to the caller; one that is set already moves. Equal times fire in the order of setting.
    void set_timer(TimerNode& timer, TimePoint deadline) noexcept {
        check_thread();
        if (timer.armed()) timers_.cancel(timer);
        timers_.set(timer, deadline);
    }
    void cancel_timer(TimerNode& timer) noexcept {
        check_thread();
        if (timer.armed()) timers_.cancel(timer);
    }

    // Calls `function` once, `delay` from now; in the next turn where that is zero or less. Calls of equal times are
    // made in the order of scheduling. What it throws is reported, and the loop goes on. (Twisted's callLater.)
    DelayedCall call_later(Duration delay, UniqueFunction<void()> function,
                           std::source_location site = std::source_location::current());

    // Handles on the calls that call_later has scheduled and that are still to come, in the order in which they are
    // due: for looking at what a program waits for. (Twisted's getDelayedCalls.)
    std::vector<DelayedCall> delayed_calls();

    // Calls `function` at once where the reactor runs, otherwise when it next begins to, before anything else. What it
    // throws then is reported. (Twisted's callWhenRunning.)
    void call_when_running(UniqueFunction<void()> function);

    // Calls `function` on the reactor's thread in a coming turn, in the order of posting. From any thread, while the
    // reactor exists. Functions posted while others run wait for the next turn. What it throws is reported. See
    // CoalescedCall for many posts of which one is enough. (Twisted's callFromThread.)
    void call_from_thread(UniqueFunction<void()> function, std::source_location site = std::source_location::current());
    // The same for a record that belongs to the caller. From any thread, and from a signal handler.
    void post(Posted& item) noexcept {
        // Whoever finds the inbox empty wakes the loop, which takes all at once.
        if (inbox_.push(item)) kernel_->wake();
    }

    // Records `number` and wakes the loop, which then calls the function given to `on_interrupt`. Safe in a signal
    // handler and from any thread; of several numbers in one turn the last counts.
    void interrupt(int number) noexcept;
    void on_interrupt(UniqueFunction<void(int)> function) { on_interrupt_ = std::move(function); }

    // Turns until `stop` is called. A reactor can be run again afterwards; to run one inside one of its own turns ends
    // the program.
    void run();
    // Turns until `done` is true, which is looked at after each turn.
    void run_until(const bool& done);
    // Has the loop stop after this turn; where a program runs on it, with a main, that is cancelled instead, and
    // brought to its end. Does nothing where neither runs.
    void stop() noexcept;
    // The program that runs on it, if any; set by what runs one.
    detail::Program* program() const noexcept { return program_; }
    void set_program(detail::Program* program) noexcept { program_ = program; }
    // Whether it is being run: true in all that it calls.
    bool running() const noexcept { return current_step.reactor == this; }
    // Whether it has been run and runs no more, so that nobody answers what is posted. From any thread.
    bool stopped() const noexcept { return stopped_.load(); }
    // Whether this is the thread that it belongs to. From any thread.
    bool on_own_thread() const noexcept { return thread_ == &current_step; }

    // For driving a reactor from another loop: does what can be done now, without waiting. True where more is ready, so
    // that it should be called again soon; otherwise call it when `descriptor` polls readable, which deadlines make it
    // too.
    bool poll_once();
    int descriptor() noexcept { return kernel_->descriptor(); }

    // Stops and destroys the services, and turns until no operation is in flight. The reactor can be used again.
    void stop_services();

    // The service of type T, made as T(reactor) when first asked for.
    template <class T>
    T& service() {
        for (auto& entry : services_)
            if (entry.key == key<T>()) return static_cast<T&>(*entry.service);
        auto made = std::make_unique<T>(*this);
        T& result = *made;
        services_.push_back({key<T>(), std::move(made), false});
        return result;
    }

    // Has `bound` told of the end, as long as it lives.
    void bind(ReactorBound& bound) noexcept {
        check_thread();
        bounds_.push_back(bound);
    }

    // The Tasks that run here and are awaited by no other one, in the order in which they were started.
    TaskList& tasks() noexcept { return tasks_; }
    const TaskList& tasks() const noexcept { return tasks_; }

    // What it has done and has to do, for monitoring; it takes some nanoseconds for each item that is ready.
    ReactorStats stats() const noexcept;

    // Whether it is doing something; otherwise it waits, or does not run. Also safe in a signal handler of its thread.
    bool turning() const noexcept { return turning_; }
    RosterEntry& roster_entry() noexcept { return roster_entry_; }

    // Takes the failures that nobody observed: an exception out of a scheduled call, a failed Deferred that was
    // dropped. `context` says where it came from. Without a function of the program's they are written to stderr.
    using UnhandledHook = UniqueFunction<void(const Failure& failure, std::string_view context)>;
    void on_unhandled(UnhandledHook hook) { on_unhandled_ = std::move(hook); }
    void report_unhandled(const Failure& failure, std::string_view context) noexcept;

    // Has `instrument` told of what happens here, until it is removed or destroyed; there may be several. (trio's
    // add_instrument.)
    void add_instrument(Instrument& instrument) {
        check_thread();
        instruments_.add(instrument);
    }
    void remove_instrument(Instrument& instrument) noexcept {
        check_thread();
        instruments_.remove(instrument);
    }
    // For those who have something to tell.
    bool instrumented() const noexcept { return instruments_.any(); }
    InstrumentList& instruments() noexcept { return instruments_; }

    // Takes what the library has to tell of its work, from the level `least` on. At first, and with an empty function,
    // it is silent. What the function throws is reported as unhandled, and what it makes the library do is not told.
    // Failures that nobody observed go to `on_unhandled`, not here.
    using LogHook = UniqueFunction<void(const LogRecord& record)>;
    void on_log(LogLevel least, LogHook hook);
    // Tells; `text()` gives a line, and is called where somebody wants to hear it.
    template <class Text>
    void log(LogLevel level, std::string_view topic, Text&& text) noexcept {
        if (level < least_logged_) [[likely]]
            return;
        try {
            pass_on(level, topic, text());
        } catch (...) {
            report_unhandled(Failure::current(), "making a line for the log");
        }
    }
    // Tells of what the program has asked to be warned of: by the hook where there is one, or else on stderr.
    void warn(std::string_view topic, std::string_view text) noexcept;

    // A warning is given of each step of a task, and each call by call_later, call_from_thread, call_when_running or a
    // CoalescedCall, that holds the loop for as long as this or longer, with the task and where it awaits; zero means
    // never. At first 100 ms where the library was built for debugging (without NDEBUG), otherwise zero; `run` and
    // `react` take it from the environment variable CORDUROY_SLOW_STEP, in milliseconds, where that is set. (asyncio's
    // slow_callback_duration.)
    void set_slow_step(Duration bound) noexcept;
    Duration slow_step() const noexcept { return slow_step_; }

private:
    friend class CoalescedCall;
    friend class DelayedCall;
    friend class RootTask;
    friend struct detail::DebuggerTable;
    struct PostedFunction;
    static const Duration default_slow_step;
    class GuestTimer;
    struct ServiceEntry {
        const void* key;
        std::unique_ptr<Service> service;
        bool stopped = false;
    };

    template <class T>
    static const void* key() noexcept {
        static constexpr char address = 0;
        return &address;
    }

    void check_thread() const noexcept {
        if (!on_own_thread()) wrong_thread();
    }
    [[noreturn]] static void none_runs() noexcept;
    [[noreturn]] static void wrong_thread() noexcept;
    void begin_running() noexcept;
    void end_running() noexcept;
    void turn(bool wait);
    void make_call(UniqueFunction<void()>& function, const CallView& call) noexcept;
    void enter_kernel(std::optional<TimePoint> deadline);
    void pass_on(LogLevel level, std::string_view topic, std::string_view text) noexcept;
    void run_ready() noexcept;
    void take_interrupt() noexcept;
    bool idle() const noexcept;

    std::unique_ptr<kernel::Kernel> kernel_;
    const Step* thread_ = &current_step;
    TimePoint now_;
    ReadyQueue ready_;
    InstrumentList instruments_{*this};
    TaskList tasks_;
    TimerQueue timers_;
    IntrusiveList<DelayedCall::Record> delayed_calls_;
    std::vector<UniqueFunction<void()>> when_running_;
    Inbox inbox_;
    std::atomic<bool> stopped_ = false;
    std::atomic<int> interrupted_ = 0;
    UniqueFunction<void(int)> on_interrupt_;
    UnhandledHook on_unhandled_;
    LogHook log_hook_;
    LogLevel least_logged_ = LogLevel::none;
    Duration slow_step_ = default_slow_step;
    std::vector<ServiceEntry> services_;
    IntrusiveList<ReactorBound, ReactorBound> bounds_;
    std::unique_ptr<GuestTimer> guest_timer_;
    ReactorStats counters_; // those that the loop itself keeps
    detail::Program* program_ = nullptr;
    bool stopping_ = false;
    bool turning_ = false;
    RosterEntry roster_entry_{*this}; // the last: what looks from outside finds all there
};

} // namespace corduroy
