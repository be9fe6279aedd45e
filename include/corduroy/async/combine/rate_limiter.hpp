#pragma once

#include <corduroy/async/suspension.hpp>
#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/reactor/timer_node.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string>

namespace corduroy {

// Lets so much through in a time and no more: a token bucket. Tokens come at a steady rate into a bucket that holds
// `burst` of them and is full at first; `acquire` takes some out, and waits until they are there.
//
//     RateLimiter limiter(100, 1s);            // 100 a second, as many at once after a pause
//     RateLimiter steady(5, 2s, 1);            // one every 400 ms
//     co_await limiter.acquire();
//
// Those who wait are served in the order of their coming, also where a later one would be content with less. Tokens are
// counted to the nanosecond, without drift. It belongs to one reactor, stays where it is, may be made before the
// reactor runs, and must outlive those who wait.
class RateLimiter {
public:
    class Acquire;

    // `rate` tokens in each `per`; a bucket of `burst` tokens, of `rate` where that is not said.
    RateLimiter(std::size_t rate, Duration per) : RateLimiter(rate, per, rate) {}
    RateLimiter(std::size_t rate, Duration per, std::size_t burst);
    RateLimiter(const RateLimiter&) = delete;
    RateLimiter& operator=(const RateLimiter&) = delete;
    ~RateLimiter();

    // Takes so many tokens when they are there and those who came before have theirs. More than the bucket holds would
    // never be there: it throws an Error then. Cancelling it leaves the queue, and no token is lost. It gives a
    // movable builder, and allocates nothing when awaited.
    Acquire acquire(std::size_t tokens = 1) noexcept;

    // Takes them if that can be done at once, which it cannot while others wait.
    bool try_acquire(std::size_t tokens = 1);

    // Changes the rate from now on, also for those who wait. What has come until now stays.
    void set_rate(std::size_t rate, Duration per);
    // Changes how much the bucket holds. Tokens that it holds no longer are lost, and those who wait for more than it
    // can ever hold now get an Error.
    void set_burst(std::size_t burst);

    // The whole tokens that are there now.
    std::size_t available();
    // How many wait.
    std::size_t waiting() const noexcept { return waiting_; }
    // Whether it is as if nothing had ever been taken: the bucket is full, and nobody waits.
    bool idle();
    // How long an empty bucket takes to be full.
    Duration time_to_fill() const noexcept { return time_for(parts(burst_)); }

private:
    class Acquiring;

    struct Timer : TimerNode {
        explicit Timer(RateLimiter& owner) noexcept;
        RateLimiter& limiter;
    };

    // Tokens are counted in parts: with `rate_` tokens in `per_` nanoseconds, a token is `per_` parts, and `rate_`
    // parts come each nanosecond.
    using Parts = std::int64_t;

    void configure(std::size_t rate, Duration per, std::size_t burst);
    Parts parts(std::size_t tokens) const noexcept { return static_cast<Parts>(tokens) * per_; }
    Duration time_for(Parts parts) const noexcept { return Duration(parts / rate_ + (parts % rate_ != 0 ? 1 : 0)); }
    void refill() noexcept;
    bool take(std::size_t tokens) noexcept;
    [[noreturn]] static void raise_impossible(std::size_t tokens, std::size_t burst);
    void enqueue(Acquiring& acquiring) noexcept;
    void leave(Acquiring& acquiring) noexcept;
    void serve() noexcept;
    void set_timer() noexcept;

    Parts rate_ = 1;
    Parts per_ = 1;
    std::size_t burst_ = 0;
    Parts level_ = 0;
    TimePoint refilled_{};
    IntrusiveList<Acquiring> queue_;
    std::size_t waiting_ = 0;
    Timer timer_{*this};
};

// What `acquire` gives: await it, or hand it to a combinator.
class [[nodiscard("co_await it")]] RateLimiter::Acquire {
public:
    Acquiring operator co_await() const noexcept;

private:
    friend class RateLimiter;
    Acquire(RateLimiter& limiter, std::size_t tokens) noexcept : limiter_(&limiter), tokens_(tokens) {}

    RateLimiter* limiter_;
    std::size_t tokens_;
};

class RateLimiter::Acquiring : public Suspension, public ListNode<> {
public:
    Acquiring(RateLimiter& limiter, std::size_t tokens) noexcept
        : Suspension(&cancel), limiter_(limiter), tokens_(tokens) {}

    // Also where the bucket can never hold so much, which await_resume says.
    bool await_ready() noexcept {
        refuse_beyond(limiter_.burst_);
        return too_small_ != 0 || limiter_.take(tokens_);
    }

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        suspend(handle);
        limiter_.enqueue(*this);
    }

    void await_resume() const {
        raise_if_cancelled();
        if (too_small_ != 0) [[unlikely]]
            raise_impossible(tokens_, too_small_);
    }

    static constexpr const char* wait_words = "a token of a RateLimiter";
    std::string waits_for() const;

private:
    friend class RateLimiter;
    static void cancel(Waiter& waiter) noexcept;
    bool refuse_beyond(std::size_t burst) noexcept {
        if (tokens_ > burst) too_small_ = burst;
        return tokens_ > burst;
    }

    RateLimiter& limiter_;
    std::size_t tokens_;
    std::size_t too_small_ = 0; // the burst that is
};

inline RateLimiter::Acquire RateLimiter::acquire(std::size_t tokens) noexcept { return {*this, tokens}; }

inline RateLimiter::Acquiring RateLimiter::Acquire::operator co_await() const noexcept {
    return Acquiring(*limiter_, tokens_);
}

} // namespace corduroy
