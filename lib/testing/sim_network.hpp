#pragma once

#include <corduroy/kernel/name_source.hpp>

#include "testing/sim_address.hpp"
#include "testing/sim_host.hpp"
#include "testing/sim_link.hpp"
#include "testing/sim_log.hpp"
#include "testing/sim_object.hpp"
#include "testing/sim_random.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy::sim {

class Socket;

// The hosts, the links between them, their names, and who is bound to which address. Sockets register and leave by
// themselves. The program under test runs on the first host, which has every address that no other one has.
class Network final : public kernel::NameSource {
public:
    static constexpr std::uint16_t first_port = 32768, last_port = 60999; // Linux's ip_local_port_range

    Network(ReadyQueue& ready, std::size_t stream_buffer, const TimePoint& now, Timeline& timeline, EventLog& log,
            Random& choices);
    ~Network();

    // The host of that name, made where there is none yet.
    HostRecord& host(std::string_view name);
    void add_name(std::string_view name, HostRecord& host);
    void add_address(const Address& address, HostRecord& host);
    HostRecord& host_at(const Address& address) const noexcept;
    // The one on which what runs now runs.
    HostRecord& current_host() const noexcept;

    kernel::NameAnswer look_up(std::string_view name) override;

    TimePoint now() const noexcept { return now_; }
    Timeline& timeline() noexcept { return timeline_; }
    template <class... Numbers>
    void note(std::string_view what, Numbers... numbers) {
        log_.note(now_, what, {static_cast<std::int64_t>(numbers)...});
    }

    // When so many bytes that leave now arrive.
    TimePoint arrival(HostRecord& from, HostRecord& to, std::size_t bytes);
    bool chance(double share) { return share > 0 && choices_.chance(share); }
    std::size_t below(std::size_t bound) { return choices_.below(bound); }

    // Whether nothing comes through between the two; what stalls on that is told when it has come to an end.
    static bool cut(const HostRecord& a, const HostRecord& b) noexcept;
    void stall(std::shared_ptr<Link> link) { stalled_.push_back(std::move(link)); }
    void healed();

    // All links stand in a list, so that those of a host can be broken.
    void add_link(Link& link) noexcept { links_.push_back(link); }
    void break_connections(const HostRecord& host);

    ReadyQueue& ready() const noexcept { return ready_; }
    std::size_t stream_buffer() const noexcept { return stream_buffer_; }

    // Enters the socket under the address, having chosen a port where it is 0 and a name where a Unix address has none.
    // 0, or -EADDRINUSE.
    int bind(Socket& socket, Address& address);
    void leave(Socket& socket) noexcept;

    // The listening socket that a connection to this address reaches, or null.
    Socket* listener(const HostRecord& host, const Address& destination) const noexcept;
    bool bound(const HostRecord& host, const Address& address) const noexcept {
        return bound_.contains(key(host, address));
    }

    // The next port of the ephemeral range, round and round.
    std::uint16_t ephemeral_port() noexcept;

private:
    bool taken(const Socket& socket, const Address& address) const noexcept;
    Socket* listening_at(const HostRecord& host, const Address& address) const noexcept;
    static std::string key(const HostRecord& host, const Address& address) {
        return std::to_string(host.number) + '/' + address.key();
    }

    ReadyQueue& ready_;
    std::size_t stream_buffer_;
    const TimePoint& now_;
    Timeline& timeline_;
    EventLog& log_;
    Random& choices_;
    std::vector<std::unique_ptr<HostRecord>> hosts_;
    std::map<std::string, HostRecord*, std::less<>> names_;
    std::map<std::string, HostRecord*> addresses_; // by their keys
    IntrusiveList<Link> links_;
    std::vector<std::shared_ptr<Link>> stalled_;
    std::map<std::string, Socket*> bound_;
    std::uint16_t next_port_ = first_port;
    unsigned next_name_ = 0;
};

} // namespace corduroy::sim
