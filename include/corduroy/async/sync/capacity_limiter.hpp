#pragma once

#include <corduroy/async/sync/borrower_table.hpp>
#include <corduroy/async/sync/holding.hpp>
#include <corduroy/async/sync/wait_builder.hpp>
#include <corduroy/async/sync/wait_queue.hpp>

#include <coroutine>
#include <cstddef>
#include <limits>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

namespace corduroy {

// Bounds how many may do something at the same time, and knows who does (trio's CapacityLimiter):
//
//     auto token = co_await limiter.acquire();
//
// As a Semaphore, but the number of tokens can be changed while it is used, and a borrower that has a token, or waits
// for one, and asks for another gets an Error: if all did that, all would wait for ever. Those who wait are served in
// the order in which they came. It belongs to one thread. Destroying it while tokens are held or awaited ends the
// program.
class CapacityLimiter {
public:
    class Acquiring;
    class Token;

    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

    explicit CapacityLimiter(std::size_t total_tokens) noexcept : total_(total_tokens) {}
    ~CapacityLimiter();

    // Gives a Token when one is ours; at once where one is free. The borrower is the running task, as long as the token
    // stays where it was received: once it is moved, into other work or out of `timeout`, it is nobody's in particular,
    // and the task may ask for the next. Cancelled while it waits, it leaves the queue and raises `Cancelled`;
    // cancelled when the token was handed to it already, it gives the Token, and `Cancelled` is raised by the next
    // await.
    WaitBuilder<Acquiring, CapacityLimiter*, const void*, std::source_location>
    acquire(std::source_location site = std::source_location::current()) noexcept {
        return acquire_on_behalf_of(nullptr, site);
    }
    // The same for a borrower of the caller's choice, which any object can be, by its address: wherever the token is
    // moved, it remains the borrower's. Null stands for the running task.
    WaitBuilder<Acquiring, CapacityLimiter*, const void*, std::source_location>
    acquire_on_behalf_of(const void* borrower, std::source_location site = std::source_location::current()) noexcept {
        return {this, borrower, site};
    }

    // A Token without waiting, where one is free; one that holds nothing otherwise. They throw as the others do.
    Token try_acquire(std::source_location site = std::source_location::current());
    Token try_acquire_on_behalf_of(const void* borrower, std::source_location site = std::source_location::current());

    // How many tokens there are; changing it wakes those for whom there are tokens now. Where more are held than there
    // are from now on, none is given until enough came back.
    std::size_t total_tokens() const noexcept { return total_; }
    void set_total_tokens(std::size_t total_tokens) noexcept;

    std::size_t borrowed_tokens() const noexcept { return borrowed_; }
    std::size_t available_tokens() const noexcept { return total_ > borrowed_ ? total_ - borrowed_ : 0; }
    // How many coroutines wait for a token.
    std::size_t waiting() const noexcept { return waits_.size(); }
    // Where the tokens were acquired, or are waited for, that are somebody's in particular; in no order.
    std::vector<std::source_location> borrowers() const;

    static constexpr const char* held_thing = "a CapacityLimiter's token";

private:
    friend class Holding<CapacityLimiter>;

    // Null stands for the running task.
    static detail::BorrowerTable::Entry entry_of(const void* borrower, const std::source_location& site) noexcept {
        return {borrower != nullptr ? borrower : current_step.task, site};
    }
    // Notes who borrows. Throws where that one is noted already; a task also where a coroutine is for which it runs.
    void enter(detail::BorrowerTable::Entry& entry, bool of_task);
    [[noreturn]] static void refuse(const detail::BorrowerTable::Entry& first, const std::source_location& site);
    bool take() noexcept;
    void give_back() noexcept;
    void handed_on() const noexcept {}
    void serve() noexcept;

    WaitQueue<Acquiring> waits_{"a CapacityLimiter"};
    detail::BorrowerTable borrowers_;
    std::size_t total_;
    std::size_t borrowed_ = 0;
};

// What `acquire` gives: the token is given back when this is destroyed, or earlier by `release`.
class [[nodiscard("it is given back at once when nothing holds it")]] CapacityLimiter::Token {
public:
    // Holds nothing.
    Token() noexcept = default;
    Token(Token&& other) noexcept;
    Token& operator=(Token&& other) noexcept;
    ~Token() = default;

    explicit operator bool() const noexcept { return bool(held_); }
    // Throws an Error where it holds nothing.
    void release();

private:
    friend class CapacityLimiter;
    Token(CapacityLimiter& limiter, detail::BorrowerTable::Entry&& entry, bool of_task) noexcept
        : held_(limiter), entry_(std::move(entry)), of_task_(of_task) {}

    Holding<CapacityLimiter> held_;
    detail::BorrowerTable::Entry entry_; // goes first: who is served next may be the same borrower
    bool of_task_ = false;               // not of an object that was named
};

// The awaiter of `acquire`.
class CapacityLimiter::Acquiring final : public QueuedWait {
public:
    Acquiring(CapacityLimiter* limiter, const void* borrower, std::source_location site) noexcept
        : QueuedWait(&cancel), limiter_(*limiter), entry_(limiter->entry_of(borrower, site)),
          of_task_(borrower == nullptr) {}

    bool await_ready() {
        limiter_.enter(entry_, of_task_);
        return limiter_.take();
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        wait_in(limiter_.waits_, handle);
    }
    Token await_resume() {
        raise_if_cancelled();
        return Token(limiter_, std::move(entry_), of_task_);
    }
    static constexpr const char* wait_words = "a token of a CapacityLimiter";
    std::string waits_for() const;

private:
    static void cancel(Waiter& waiter) noexcept;

    CapacityLimiter& limiter_;
    detail::BorrowerTable::Entry entry_;
    bool of_task_;
};

} // namespace corduroy
