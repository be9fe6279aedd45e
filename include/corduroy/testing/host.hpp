#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/base/unique_function.hpp>
#include <corduroy/net/address.hpp>
#include <corduroy/net/stream.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corduroy::http {
class Request;
class Response;
struct ServerSettings;
} // namespace corduroy::http

namespace corduroy::sim {

class World;
struct HostRecord;

// What goes wrong with connections to a host, each the share of the connections, from 0 to 1, that it happens to.
struct HostFaults {
    double refuse = 0; // refused
    double reset = 0;  // broken by a reset, somewhere in the first 4096 bytes of what the host sends
    double end = 0;    // ended there as if the host had sent no more
};

// A host of the simulated network, with a name, addresses, and a link that ties it to all others: what `World::host`
// gives. Calls return the host, so that they can be written in a row:
//
//     world.host("shop.test").latency(50ms).refuse_first(2).serve(80, page);
//
// All of them hold from the moment of the call on, also for connections that are open, but for those that say
// otherwise. It lives as long as its World.
class Host {
public:
    Host(World& world, HostRecord& record) noexcept : world_(world), record_(record) {}
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    const std::string& name() const noexcept;
    // Its addresses, in 10.0.0.0/8 and fd00::/8 unless it was given others.
    net::Address ipv4(std::uint16_t port = 0) const;
    net::Address ipv6(std::uint16_t port = 0) const;

    // ---- its name ----

    // Another name for it.
    Host& alias(std::string_view name);
    // What a lookup of its names answers, in this order; its IPv4 address, unless told otherwise. Those that no other
    // host has become its own.
    Host& addresses(const std::vector<net::Address>& list);
    // How long a lookup takes; and that it never ends by itself.
    Host& lookup_time(Duration time);
    Host& lookup_hangs();
    // The next so many lookups fail, "look up NAME failed: WHY".
    Host& fail_lookups(std::size_t count, std::string why = "no name server answers");

    // ---- its link ----

    // How long a byte takes over its link, each way or the way out and the way in. Between two hosts both have a say.
    // Error where it is less than nothing, or more than a year; so with all times here.
    Host& latency(Duration each_way) { return latency(each_way, each_way); }
    Host& latency(Duration out, Duration in);
    // Up to so much more, drawn anew for each send. Bytes stay in order.
    Host& jitter(Duration most);
    // Bytes a second, for all its connections together; 0 is without end. A slow reader is a host with a narrow way in.
    Host& bandwidth(double each_way) { return bandwidth(each_way, each_way); }
    Host& bandwidth(double out, double in);
    // The share of sends that are lost and sent again: 200 ms later, the next time 400 ms later, and so on.
    Host& loss(double share);
    // What comes from it and to it arrives in pieces of so many bytes, each by itself.
    Host& fragment(std::size_t bytes);
    Host& byte_at_a_time() { return fragment(1); }

    // ---- what goes wrong ----

    // The next so many connections to it are refused; or all, until `refuse(false)`.
    Host& refuse_first(std::size_t count);
    Host& refuse(bool on = true);
    // A connection made from now on breaks, or ends in the direction from the host, when the host has sent so much.
    Host& reset_after(std::size_t bytes);
    Host& end_after(std::size_t bytes);
    Host& faults(const HostFaults& faults);
    // All connections between it and other hosts break now, and both ends hear of it at once, as when it has restarted.
    Host& break_connections();
    // Nothing comes through to it and from it, or between it and another host, until `heal`: what is sent waits, as TCP
    // sends it again. A connection that cannot be made times out after 127 s, one whose bytes nobody acknowledges after
    // 924.6 s, as on Linux.
    Host& partition();
    Host& partition(const Host& other);
    Host& heal();

    // ---- what runs on it ----

    // Serves HTTP by `handler`, see http::Server, at a port of all its addresses until the simulated program has ended.
    template <class Handler>
    Host& serve(std::uint16_t port, Handler&& handler) {
        return start_server(port, std::forward<Handler>(handler), nullptr);
    }
    template <class Handler>
    Host& serve(std::uint16_t port, const http::ServerSettings& settings, Handler&& handler) {
        return start_server(port, std::forward<Handler>(handler), &settings);
    }
    // Calls `handler` for each connection to the port. What breaks a connection is the handler's affair: an IoError out
    // of it ends that connection alone.
    Host& accept(std::uint16_t port, UniqueFunction<Task<>(net::Stream)> handler);
    // Runs a program on it: its sockets have the host's addresses, and "localhost" is that host. It is cancelled when
    // main has ended; a failure of it is the simulation's.
    Host& run(UniqueFunction<Task<>()> program);

private:
    using HttpHandler = UniqueFunction<Task<http::Response>(http::Request&)>;
    Host& start_server(std::uint16_t port, HttpHandler handler, const http::ServerSettings* settings);

    World& world_;
    HostRecord& record_;
};

} // namespace corduroy::sim
