#pragma once

#include <corduroy/async/sync/holding.hpp>
#include <corduroy/async/sync/run_holding.hpp>
#include <corduroy/async/sync/wait_builder.hpp>
#include <corduroy/async/sync/wait_queue.hpp>

#include <coroutine>
#include <cstddef>
#include <string>
#include <utility>

namespace corduroy {

// So many tokens, and who wants one waits until one is free (Twisted's DeferredSemaphore):
//
//     auto token = co_await semaphore.acquire();
//
// The Token gives it back when it is destroyed or released; it can be moved into the work that it stands for. Those who
// wait are served in the order in which they came, and nobody barges in. It belongs to one thread. Destroying it while
// tokens are held or awaited ends the program.
class Semaphore {
public:
    class Acquiring;
    using Token = Holding<Semaphore>;

    // Throws an Error for no tokens at all, on which everybody would wait for ever.
    explicit Semaphore(std::size_t tokens);
    ~Semaphore();

    // Gives a Token when one is ours; at once where one is free. Cancelled while it waits, it leaves the queue and
    // raises `Cancelled`; cancelled when the token was handed to it already, it gives the Token, and `Cancelled` is
    // raised by the next await.
    WaitBuilder<Acquiring, Semaphore*> acquire() noexcept { return {this}; }

    // A Token without waiting, where one is free; one that holds nothing otherwise.
    Token try_acquire() noexcept { return take() ? Token(*this) : Token(); }

    // Calls `callable()` with a token held, awaits the Task that it gives, if it gives one, and gives the value; the
    // token is given back however it ends. (Twisted's DeferredSemaphore.run.)
    template <class Callable>
    auto run(Callable&& callable) {
        return detail::run_holding(acquire(), std::forward<Callable>(callable));
    }

    // How many tokens are free now, how many there are, and how many coroutines wait for one.
    std::size_t tokens() const noexcept { return tokens_; }
    std::size_t limit() const noexcept { return limit_; }
    std::size_t waiting() const noexcept { return waits_.size(); }

    static constexpr const char* held_thing = "a Semaphore's token";

private:
    friend class Holding<Semaphore>;

    bool take() noexcept {
        waits_.check_thread();
        if (tokens_ == 0) return false;
        --tokens_;
        return true;
    }
    void give_back() noexcept;
    void handed_on() const noexcept {}

    WaitQueue<Acquiring> waits_{"a Semaphore"};
    std::size_t tokens_;
    std::size_t limit_;
};

// The awaiter of `acquire`.
class Semaphore::Acquiring final : public QueuedWait {
public:
    explicit Acquiring(Semaphore* semaphore) noexcept : semaphore_(*semaphore) {}

    bool await_ready() const noexcept { return semaphore_.take(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        wait_in(semaphore_.waits_, handle);
    }
    Token await_resume() const {
        raise_if_cancelled();
        return Token(semaphore_);
    }
    static constexpr const char* wait_words = "a token of a Semaphore";
    std::string waits_for() const;

private:
    Semaphore& semaphore_;
};

inline void Semaphore::give_back() noexcept {
    waits_.check_thread();
    if (waits_.empty()) [[likely]]
        ++tokens_;
    else
        waits_.take_first().resume();
}

} // namespace corduroy
