#pragma once

#include <corduroy/async/combine/rate_limiter.hpp>
#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

namespace corduroy {

// A RateLimiter for each key, all of the same rate and burst: so much a second for each host, say.
//
//     KeyedRateLimiter per_host(2, 1s);
//     co_await per_host.acquire(url.host());
//
// A key is forgotten when nobody waits for it and its bucket is full again, which changes nothing for whoever comes
// next; that is done bit by bit whenever any key is used, so that there are never many more keys than those of the last
// `time_to_fill`. It belongs to one reactor, stays where it is, and must outlive those who wait.
template <class Key = std::string, class Hash = std::hash<Key>>
class KeyedRateLimiter {
public:
    // What `acquire` gives: await it, or hand it to a combinator.
    class [[nodiscard("co_await it")]] Acquire {
    public:
        auto operator co_await() const { return limiter_->of(key_).acquire(tokens_).operator co_await(); }

    private:
        friend class KeyedRateLimiter;
        Acquire(KeyedRateLimiter& limiter, Key key, std::size_t tokens)
            : limiter_(&limiter), key_(std::move(key)), tokens_(tokens) {}

        KeyedRateLimiter* limiter_;
        Key key_; // and not its limiter, which may be forgotten before this is awaited
        std::size_t tokens_;
    };

    // As of each RateLimiter.
    KeyedRateLimiter(std::size_t rate, Duration per) : KeyedRateLimiter(rate, per, rate) {}
    KeyedRateLimiter(std::size_t rate, Duration per, std::size_t burst)
        : rate_(rate), per_(per), burst_(burst), time_to_fill_(RateLimiter(rate, per, burst).time_to_fill()) {}

    // As `RateLimiter::acquire` and `try_acquire`, of the key's own tokens.
    Acquire acquire(Key key, std::size_t tokens = 1) { return {*this, std::move(key), tokens}; }
    bool try_acquire(const Key& key, std::size_t tokens = 1) { return of(key).try_acquire(tokens); }

    // Change the rate and the burst of all keys, as `RateLimiter::set_rate` and `set_burst` do.
    void set_rate(std::size_t rate, Duration per) {
        time_to_fill_ = RateLimiter(rate, per, burst_).time_to_fill();
        rate_ = rate;
        per_ = per;
        for (auto& [key, entry] : entries_) entry.limiter.set_rate(rate, per);
    }
    void set_burst(std::size_t burst) {
        time_to_fill_ = RateLimiter(rate_, per_, burst).time_to_fill();
        burst_ = burst;
        for (auto& [key, entry] : entries_) entry.limiter.set_burst(burst);
    }

    // How many keys it remembers.
    std::size_t size() const noexcept { return entries_.size(); }

private:
    struct Entry : ListNode<> {
        explicit Entry(const KeyedRateLimiter& keyed) : limiter(keyed.rate_, keyed.per_, keyed.burst_) {}

        RateLimiter limiter;
        const Key* key = nullptr;
        TimePoint used{};
    };

    RateLimiter& of(const Key& key) {
        TimePoint now = Reactor::current().now();
        auto [place, added] = entries_.try_emplace(key, *this);
        Entry& entry = place->second;
        entry.key = &place->first;
        use(entry, now);
        // One more than may have been added, so that they become fewer.
        for (int i = 0; i < 2; ++i) forget_if_idle(by_use_.front(), now);
        return entry.limiter;
    }

    void use(Entry& entry, TimePoint now) noexcept {
        if (entry.linked()) entry.unlink();
        by_use_.push_back(entry);
        entry.used = now;
    }

    // A bucket that was last asked for tokens so long ago is full, unless some waited.
    void forget_if_idle(Entry& entry, TimePoint now) {
        if (now - entry.used < time_to_fill_) return;
        if (!entry.limiter.idle()) return use(entry, now);
        entry.unlink();
        entries_.erase(entries_.find(*entry.key));
    }

    std::size_t rate_;
    Duration per_;
    std::size_t burst_;
    Duration time_to_fill_;
    std::unordered_map<Key, Entry, Hash> entries_;
    IntrusiveList<Entry> by_use_; // the one that was used last at the end
};

} // namespace corduroy
