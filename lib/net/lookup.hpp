#pragma once

#include <corduroy/async/suspension.hpp>
#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/net/address.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace corduroy::net {

class LookupWaiter;

// One name that is being looked up, for all who asked for it meanwhile. Shared by them and by what does the work, which
// ends it, once.
class Lookup {
public:
    // Why a name was not found where there is no memory to say it: a text that needs none.
    static constexpr const char* out_of_memory = "out of memory";

    explicit Lookup(std::string host) : host_(std::move(host)) {}

    // Those of one family, which was asked for apart; more may come.
    void found(std::span<const Address> family) {
        apart_ = true;
        addresses_.insert(addresses_.end(), family.begin(), family.end());
        wake();
    }
    // No more of them. `lifetime` is how long the answer may be remembered; none: it is not known.
    void end(std::optional<Duration> lifetime) noexcept {
        lifetime_ = lifetime;
        ended_ = true;
        wake();
    }
    void succeed(std::vector<Address> all, std::optional<Duration> lifetime = {}) noexcept {
        addresses_ = std::move(all);
        end(lifetime);
    }
    // `why` is what the message says after "failed: ".
    void fail(std::string why, std::optional<Duration> lifetime = {}) noexcept {
        failure_ = std::move(why);
        end(lifetime);
    }

    bool ended() const noexcept { return ended_; }
    // Those who have a part in it, whether they wait at the moment or not.
    std::size_t sharers = 0;

    const std::string& host() const noexcept { return host_; }
    // With port 0; those of families that were asked for apart in the order in which they came.
    const std::vector<Address>& addresses() const noexcept { return addresses_; }
    // All but the first `known`, best first: what was asked for apart has IPv6 before IPv4.
    std::vector<Address> more_than(std::size_t known) const {
        std::span<const Address> more = std::span(addresses_).subspan(known);
        auto is_ipv6 = [](const Address& address) { return address.family() == AF_INET6; };
        if (!apart_) return {more.begin(), more.end()};
        std::vector<Address> ordered;
        ordered.reserve(more.size());
        std::ranges::copy_if(more, std::back_inserter(ordered), is_ipv6);
        std::ranges::copy_if(more, std::back_inserter(ordered), std::not_fn(is_ipv6));
        return ordered;
    }
    // Why there are none.
    const std::string& failure() const noexcept { return failure_; }
    std::optional<Duration> lifetime() const noexcept { return lifetime_; }

private:
    friend class LookupWaiter;

    inline void wake() noexcept;

    std::string host_;
    std::vector<Address> addresses_;
    std::string failure_;
    std::optional<Duration> lifetime_;
    bool ended_ = false;
    bool apart_ = false;
    IntrusiveList<LookupWaiter, Lookup> waiters_;
};

// Awaits the end of a Lookup, or more addresses than are `known` already. Cancelling leaves it at once.
class LookupWaiter : public Suspension, private ListNode<Lookup> {
public:
    static constexpr std::size_t all = static_cast<std::size_t>(-1);

    explicit LookupWaiter(Lookup& lookup, std::size_t known = all) noexcept
        : Suspension(&cancel), lookup_(lookup), known_(known) {}

    bool await_ready() const noexcept { return lookup_.ended() || has_more(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        suspend(handle);
        lookup_.waiters_.push_back(*this);
    }
    void await_resume() const { raise_if_cancelled(); }
    static constexpr const char* wait_words = "look-up of a name";
    std::string waits_for() const { return "look up " + lookup_.host(); }

private:
    friend class Lookup;
    friend class IntrusiveList<LookupWaiter, Lookup>;

    static void cancel(Waiter& waiter) noexcept {
        auto& self = static_cast<LookupWaiter&>(waiter);
        self.ListNode<Lookup>::unlink();
        self.cancelled();
    }

    bool has_more() const noexcept { return known_ != all && lookup_.addresses().size() > known_; }

    Lookup& lookup_;
    std::size_t known_;
};

inline void Lookup::wake() noexcept {
    waiters_.for_each([this](LookupWaiter& waiter) {
        if (!ended_ && !waiter.has_more()) return;
        waiter.ListNode<Lookup>::unlink();
        waiter.resume();
    });
}

} // namespace corduroy::net
