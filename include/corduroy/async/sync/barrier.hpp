#pragma once

#include <corduroy/async/sync/wait_builder.hpp>
#include <corduroy/async/sync/wait_queue.hpp>

#include <coroutine>
#include <cstddef>
#include <string>

namespace corduroy {

// Lets coroutines wait until so many of them have come, and then all go on together (asyncio's Barrier). It can be used
// again and again. It belongs to one thread. Destroying it while somebody waits ends the program.
class Barrier {
public:
    class Waiting;

    // Throws an Error for no parties.
    explicit Barrier(std::size_t parties);

    // Resumes when all parties have come, and gives the place in which this one came, from 0: each is given once a
    // round, so that one of them can do what is to be done once. The last one goes on at once. Cancelled while it
    // waits, a party counts no more; cancelled when all have come, it goes on with its number. Throws
    // BrokenBarrierError where the barrier is broken, or `abort` or `reset` is called meanwhile.
    WaitBuilder<Waiting, Barrier*> wait() noexcept { return {this}; }

    // Breaks it: all who wait fail, and who comes later fails at once, until `reset`.
    void abort() noexcept;
    // Makes it as new; who waits now fails.
    void reset() noexcept;
    bool broken() const noexcept { return broken_; }

    std::size_t parties() const noexcept { return parties_; }
    // How many have come and wait for the rest.
    std::size_t waiting() const noexcept { return waits_.size(); }

private:
    // Whether the rest had come: then all go on.
    bool arrive();
    void fail_all() noexcept;

    WaitQueue<Waiting> waits_{"a Barrier"};
    std::size_t parties_;
    bool broken_ = false;
};

// The awaiter of `wait`.
class Barrier::Waiting final : public QueuedWait {
public:
    explicit Waiting(Barrier* barrier) noexcept : barrier_(*barrier), place_(barrier->parties_ - 1) {}

    bool await_ready() { return barrier_.arrive(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        wait_in(barrier_.waits_, handle);
    }
    std::size_t await_resume() const;
    static constexpr const char* wait_words = "a Barrier";
    std::string waits_for() const;

private:
    friend class Barrier;

    Barrier& barrier_;
    std::size_t place_;
    bool failed_ = false;
};

} // namespace corduroy
