#pragma once

#include <corduroy/async/suspension.hpp>
#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/net/address.hpp>

#include <string>
#include <vector>

namespace corduroy::net {

class LookupWaiter;

// One name that is being looked up, for all who asked for it meanwhile. Shared by them and by what does the work, which
// ends it, once.
class Lookup {
public:
    // Why a name was not found where there is no memory to say it: a text that needs none.
    static constexpr const char* out_of_memory = "out of memory";

    explicit Lookup(std::string host) : host(std::move(host)) {}

    void succeed(std::vector<Address> found) noexcept {
        addresses = std::move(found);
        end();
    }
    // `why` is what the message says after "failed: ".
    void fail(std::string why) noexcept {
        failure = std::move(why);
        end();
    }

    bool ended() const noexcept { return ended_; }
    bool awaited() noexcept { return !waiters_.empty(); }

    const std::string host;
    std::vector<Address> addresses; // with port 0
    std::string failure;            // why there are none

private:
    friend class LookupWaiter;

    inline void end() noexcept;

    bool ended_ = false;
    IntrusiveList<LookupWaiter, Lookup> waiters_;
};

// Awaits the end of a Lookup. Cancelling leaves it at once.
class LookupWaiter : public Suspension, private ListNode<Lookup> {
public:
    explicit LookupWaiter(Lookup& lookup) noexcept : Suspension(&cancel), lookup_(lookup) {}

    bool await_ready() const noexcept { return lookup_.ended(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        suspend(handle);
        lookup_.waiters_.push_back(*this);
    }
    void await_resume() const { raise_if_cancelled(); }
    static constexpr const char* wait_words = "look-up of a name";
    std::string waits_for() const { return "look up " + lookup_.host; }

private:
    friend class Lookup;
    friend class IntrusiveList<LookupWaiter, Lookup>;

    static void cancel(Waiter& waiter) noexcept {
        auto& self = static_cast<LookupWaiter&>(waiter);
        self.ListNode<Lookup>::unlink();
        self.cancelled();
    }

    Lookup& lookup_;
};

inline void Lookup::end() noexcept {
    ended_ = true;
    while (!waiters_.empty()) waiters_.pop_front().resume();
}

} // namespace corduroy::net
