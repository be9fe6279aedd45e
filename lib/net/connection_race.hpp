#pragma once

#include <corduroy/async/join_set.hpp>
#include <corduroy/net/connect_options.hpp>
#include <corduroy/net/resolver.hpp>
#include <corduroy/net/stream.hpp>
#include <corduroy/reactor/timer_node.hpp>

#include "net/connect_attempts.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace corduroy::net {

// The addresses of one name, tried as RFC 8305 says while the name is still being looked up. The look-up and each
// attempt are Tasks of one JoinSet; what comes of them, and a timer, decide when the next attempt begins.
class ConnectionRace final : private AddressReceiver, private TimerNode {
public:
    ConnectionRace(Resolver& resolver, std::string host, std::uint16_t port, const ConnectOptions& options);
    ConnectionRace(const ConnectionRace&) = delete;
    ConnectionRace& operator=(const ConnectionRace&) = delete;
    ~ConnectionRace();

    Task<Stream> run();

private:
    // Addresses of one family that are still to be tried.
    struct Family {
        std::vector<Address> addresses;
        std::size_t tried = 0;

        bool pending() const noexcept { return tried < addresses.size(); }
    };

    void found(std::vector<Address> addresses) override;
    Task<> look_up();
    Task<> attempt(Address address);
    void go_on() noexcept;
    bool pending() const noexcept { return ipv6_.pending() || other_.pending(); }
    Address take_next() noexcept;
    [[noreturn]] void raise();

    Resolver& resolver_;
    std::string host_;
    std::uint16_t port_;
    const ConnectOptions& options_;
    Reactor& reactor_;
    JoinSet set_{JoinSet::Until::all_ended};
    std::vector<Task<>> tasks_; // the attempts, in order
    ConnectAttempts attempts_;
    Family ipv6_;
    Family other_;
    bool ipv6_next_ = false;
    TimePoint not_before_{}; // when the next attempt may begin
    Failure broken_;         // why no attempt could be begun
    int winner_ = -1;
    Address winner_address_;
};

} // namespace corduroy::net
