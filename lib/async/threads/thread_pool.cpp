#include <corduroy/async/threads/thread_pool.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/base/fatal.hpp>

#include "async/threads/posix_semaphore.hpp"

#include <algorithm>
#include <csignal>
#include <pthread.h>
#include <system_error>
#include <thread>
#include <utility>

namespace corduroy {

namespace {

// Blocks the signals of this thread while it starts another, which inherits that; but those by which the processor says
// that a step has failed, which are for that thread alone.
class SignalsBlocked {
public:
    SignalsBlocked() noexcept {
        sigset_t all;
        ::sigfillset(&all);
        for (int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) ::sigdelset(&all, number);
        ::pthread_sigmask(SIG_BLOCK, &all, &previous_);
    }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }

private:
    sigset_t previous_;
};

} // namespace

void ThreadJob::cancel() noexcept {
    cancel_asked_.store(true, std::memory_order_release);
    if (call_ != nullptr) call_->cancel();
}

// Whose turn it is, where threads run in step with the loop: the thread that has been let go on posts it when it ends
// its work, or waits for the loop.
struct ThreadPool::Turn : PosixSemaphore {};

// A thread. While it is idle it waits for `given`; what it is given lies in `job`, none means to end. On a simulated
// kernel the work has to wait for its time, and for its place in the ready queue, first.
class ThreadPool::Worker : public kernel::Operation, public Ready {
public:
    Worker(ThreadPool& pool, std::string name)
        : Operation(&time_has_come), Ready(&run_in_step), pool_(pool), name_(std::move(name)) {
        SignalsBlocked blocked;
        thread_ = std::thread([this] { run(); });
    }

    ThreadJob* job = nullptr;
    TimePoint idle_since;
    Worker* next_done = nullptr;

    void begin() noexcept { given_.post(); }
    void begin_in_step(TimePoint when) noexcept {
        description.opcode = kernel::Opcode::timer;
        description.deadline = when;
        pool_.reactor_.submit(*this);
    }
    // It has nothing left to do, so that joining it takes no time to speak of.
    void end() noexcept {
        job = nullptr;
        given_.post();
        thread_.join();
    }

private:
    void run() noexcept {
        ::pthread_setname_np(::pthread_self(), name_.c_str());
        for (;;) {
            given_.wait();
            if (job == nullptr) return;
            current_step.job = job;
            job->work();
            current_step.job = nullptr;
            report();
        }
    }

    void report() noexcept {
        next_done = pool_.done_.load(std::memory_order_relaxed);
        while (
            !pool_.done_.compare_exchange_weak(next_done, this, std::memory_order_release, std::memory_order_relaxed)) {
        }
        // From here on it may be given new work.
        pool_.wake_.post();
        pool_.let_loop_go_on();
    }

    static void time_has_come(Operation& operation, const kernel::Completion&) noexcept {
        auto& self = static_cast<Worker&>(operation);
        self.pool_.reactor_.enqueue(self);
    }
    static void run_in_step(Ready& ready) noexcept {
        auto& self = static_cast<Worker&>(ready);
        self.given_.post();
        self.pool_.wait_for_thread();
    }

    ThreadPool& pool_;
    std::string name_;
    PosixSemaphore given_;
    std::thread thread_;
};

ThreadPool::ThreadPool(Reactor& reactor)
    : TimerNode(&sweep), reactor_(reactor), wake_(reactor, [this] { take_done(); }) {}

ThreadPool::~ThreadPool() {
    if (running_ != 0 || waiting_ != 0) fatal("a ThreadPool was destroyed while work was under way in it");
    for (auto& worker : workers_) worker->end();
}

void ThreadPool::stop() noexcept {
    stopped_ = true;
    reactor_.cancel_timer(*this);
}

void ThreadPool::set_limit(std::size_t threads) {
    if (threads == 0) throw Error("a limit of no threads would keep a ThreadPool from ever doing anything");
    limit_ = threads;
    serve_waiting();
    end_surplus();
}

void ThreadPool::set_idle_time(Duration time) {
    idle_time_ = time;
    if (!idle_.empty()) sweep(*this);
}

void ThreadPool::start(ThreadJob& job) noexcept {
    job.pool_ = this;
    queue_.push_back(job);
    ++waiting_;
    serve_waiting();
}

bool ThreadPool::withdraw(ThreadJob& job) noexcept {
    if (!job.linked()) return false;
    job.unlink();
    --waiting_;
    return true;
}

// Gives what waits to threads that are idle, or can be had.
void ThreadPool::serve_waiting() noexcept {
    while (!queue_.empty() && running_ < limit_) {
        Worker* worker = nullptr;
        try {
            if (!turn_ && reactor_.kernel().thread_delay()) turn_ = std::make_unique<Turn>();
            if (idle_.empty()) {
                // What is to hold a thread comes before it: one that is running cannot be given up.
                idle_.reserve(workers_.size() + 1);
                workers_.reserve(workers_.size() + 1);
                std::string name = name_ + "-" + std::to_string(++started_);
                workers_.push_back(std::make_unique<Worker>(*this, name.substr(0, 15)));
                worker = workers_.back().get();
            }
        } catch (const std::exception& error) {
            if (!workers_.empty()) return; // those that there are will come to it
            ThreadJob& job = queue_.pop_front();
            --waiting_;
            job.refused(Failure::made_by([&] {
                return Error("a thread for run_in_thread could not be started: " + std::string(error.what()));
            }));
            job.ended();
            continue;
        }
        if (worker == nullptr) {
            worker = idle_.back();
            idle_.pop_back();
        }
        ThreadJob& job = queue_.pop_front();
        --waiting_;
        give(*worker, job);
    }
}

void ThreadPool::give(Worker& worker, ThreadJob& job) noexcept {
    ++running_;
    worker.job = &job;
    if (std::optional<Duration> delay = reactor_.kernel().thread_delay()) {
        worker.begin_in_step(later(reactor_.now(), *delay));
    } else {
        worker.begin();
    }
}

void ThreadPool::take_done() noexcept {
    Worker* stack = done_.exchange(nullptr, std::memory_order_acquire);
    Worker* queue = nullptr;
    while (stack != nullptr) {
        Worker* below = std::exchange(stack->next_done, queue);
        queue = std::exchange(stack, below);
    }
    while (queue != nullptr) {
        Worker& worker = *queue;
        queue = worker.next_done;
        done(worker);
    }
}

void ThreadPool::done(Worker& worker) noexcept {
    ThreadJob& job = *std::exchange(worker.job, nullptr);
    --running_;
    worker.idle_since = reactor_.now();
    idle_.push_back(&worker);
    serve_waiting();
    end_surplus();
    if (!idle_.empty() && !armed() && !stopped_) reactor_.set_timer(*this, idle_.front()->idle_since + idle_time_);
    job.ended();
}

void ThreadPool::end_surplus() noexcept {
    while (workers_.size() > limit_ && !idle_.empty()) end_worker(*idle_.front());
}

void ThreadPool::end_worker(Worker& worker) noexcept {
    worker.end();
    idle_.erase(std::find(idle_.begin(), idle_.end(), &worker));
    workers_.erase(std::find_if(workers_.begin(), workers_.end(), [&](auto& owned) { return owned.get() == &worker; }));
}

void ThreadPool::sweep(TimerNode& timer) noexcept {
    auto& self = static_cast<ThreadPool&>(timer);
    while (!self.idle_.empty() && self.idle_.front()->idle_since + self.idle_time_ <= self.reactor_.now())
        self.end_worker(*self.idle_.front());
    if (!self.idle_.empty() && !self.stopped_)
        self.reactor_.set_timer(self, self.idle_.front()->idle_since + self.idle_time_);
}

void ThreadPool::let_loop_go_on() noexcept {
    if (turn_) turn_->post();
}

void ThreadPool::wait_for_thread() noexcept {
    if (turn_) turn_->wait();
}

} // namespace corduroy
