#pragma once

#include <corduroy/async/threads/thread_job.hpp>
#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/reactor/coalesced_call.hpp>
#include <corduroy/reactor/reactor.hpp>
#include <corduroy/reactor/service.hpp>
#include <corduroy/reactor/timer_node.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy {

// The threads in which a reactor has done what would block it: a service of the reactor, see `run_in_thread`.
// (Twisted's reactor.getThreadPool().)
//
// A thread is started when there is work and none is idle, up to the limit; what exceeds that waits, first come first
// served. A thread that has been idle for a while ends. All decisions are made on the reactor's thread, which hands
// each thread its next piece of work: the loop takes no lock, and work that waits can be taken back. Signals are
// blocked in the threads, so that they interrupt no work.
//
// When the reactor's services are stopped the pool waits, and the loop turns on, until no work is under way: what was
// abandoned too, for a thread cannot be ended from outside.
//
// On a simulated kernel the threads run in step with the loop, one at a time, while it waits: what a program does is
// then the same in each run. Work that waits for what other work does, by a lock say, would wait for ever there.
class ThreadPool final : public Service, private TimerNode {
public:
    explicit ThreadPool(Reactor& reactor);
    ~ThreadPool() override;

    // That of a reactor; of the one that runs.
    static ThreadPool& of(Reactor& reactor) { return reactor.service<ThreadPool>(); }
    static ThreadPool& current() { return of(Reactor::current()); }

    // How many pieces of work run at once: 10 at first, as in Twisted. Where it is lowered, threads that are too many
    // end when their work is done. Throws Error for none. (suggestThreadPoolSize)
    void set_limit(std::size_t threads);
    std::size_t limit() const noexcept { return limit_; }
    // After how long an idle thread ends: 10 s at first.
    void set_idle_time(Duration time);
    Duration idle_time() const noexcept { return idle_time_; }
    // What the system calls the threads started from now on: this, a hyphen and a number, cut to 15 characters;
    // "corduroy" at first.
    void set_name(std::string_view name) { name_ = name; }

    // How many threads there are, how many of them work, and how many pieces of work wait for one.
    std::size_t threads() const noexcept { return workers_.size(); }
    std::size_t running() const noexcept { return running_; }
    std::size_t waiting() const noexcept { return waiting_; }

    Reactor& reactor() const noexcept { return reactor_; }

    // Has a thread do it. Calls to the loop that the work makes belong to the task group that is ambient here.
    void start(ThreadJob& job) noexcept;
    // Takes back a job that waits: true, and its `ended` is not called. False where it is being done.
    bool withdraw(ThreadJob& job) noexcept;

    void stop() noexcept override;
    bool idle() const noexcept override { return running_ == 0 && waiting_ == 0; }

private:
    friend class detail::BlockingCall;
    class Worker;
    struct Turn;

    void give(Worker& worker, ThreadJob& job) noexcept;
    void serve_waiting() noexcept;
    void take_done() noexcept;
    void done(Worker& worker) noexcept;
    void end_surplus() noexcept;
    void end_worker(Worker& worker) noexcept;
    static void sweep(TimerNode& timer) noexcept;
    void let_loop_go_on() noexcept;  // in a thread: it will do nothing until the loop lets it
    void wait_for_thread() noexcept; // on the loop, after it has let one go on

    Reactor& reactor_;
    std::size_t limit_ = 10;
    Duration idle_time_ = std::chrono::seconds(10);
    std::string name_ = "corduroy";
    std::size_t running_ = 0;
    std::size_t waiting_ = 0;
    std::size_t started_ = 0; // for the threads' numbers
    bool stopped_ = false;
    IntrusiveList<ThreadJob> queue_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::vector<Worker*> idle_;           // those that were idle longest first
    std::atomic<Worker*> done_ = nullptr; // that have done their work, the latest on top
    CoalescedCall wake_;
    std::unique_ptr<Turn> turn_; // where threads run in step with the loop
};

} // namespace corduroy
