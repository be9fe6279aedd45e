#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/unique_function.hpp>
#include <corduroy/http/request.hpp>
#include <corduroy/http/response.hpp>
#include <corduroy/http/server_settings.hpp>
#include <corduroy/net/address.hpp>
#include <corduroy/net/listener.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace corduroy::http {

class ServerCore;

// A callable that answers requests: `Task<http::Response> handler(http::Request&)`, or one that takes the Request by
// value. It is called once a request, for many requests at a time.
template <class Callable>
concept Handler = std::same_as<std::invoke_result_t<Callable&, Request&>, Task<Response>> ||
                  std::same_as<std::invoke_result_t<Callable&, Request&&>, Task<Response>>;

// A small HTTP/1.1 server: it listens from when `listen` gives it, and answers while `serve` is awaited.
//
//     auto server = co_await http::listen("127.0.0.1:0");
//     co_await server.serve([](http::Request& request) -> Task<http::Response> {
//         co_return http::Response(200, "You asked for " + std::string(request.path()) + "\n");
//     });
//
// It keeps connections alive, answers pipelined requests in their order, one at a time, and holds no buffer for a
// connection that is idle. It is strict: what is not HTTP is refused with a status and one line that says why, and
// closed. It sets Date, the framing of the body, and Connection; the rest of the answer's head is the handler's.
//
// It belongs to one reactor and is used within it. Move-only; it must not be destroyed while it serves.
class Server {
public:
    // On a listener of one's own.
    explicit Server(net::Listener listener, const ServerSettings& settings = {});
    Server(Server&&) noexcept;
    Server& operator=(Server&&) noexcept;
    ~Server();

    // Where it listens; the port is the one that the system chose where 0 was asked for.
    const net::Address& address() const noexcept;
    std::uint16_t port() const noexcept { return address().port(); }

    // To be changed before `serve`.
    ServerSettings& settings() noexcept;

    // Answers requests by `handler`, which it keeps, until `stop` is called or the scope is cancelled. Then it closes
    // the listener and the idle connections at once, lets requests that are being answered finish for the grace time,
    // cancels those that have not, and returns, or raises Cancelled, when all have ended. No connection outlives it.
    //
    // A handler that throws is answered for with 500, and its failure is reported once through
    // Reactor::report_unhandled. A StatusError of the handler's own (one without a URL) is an answer with that status
    // and body instead, and failures of reading the request's body are answered with the status that belongs to them.
    //
    // A handler whose client has gone is cancelled, and nothing is reported of that: see ServerSettings::gone_sign.
    // What must come to its end in any case stands in a `shield`.
    //
    // It throws IoError where it cannot accept any more, and Error the second time: a server serves once.
    template <class Callable>
        requires Handler<std::decay_t<Callable>>
    Task<> serve(Callable&& handler) {
        corduroy::detail::guard_callable<Callable>();
        using Kept = std::decay_t<Callable>;
        if constexpr (std::is_invocable_v<Kept&, Request&>)
            return run(Call(Kept(std::forward<Callable>(handler))));
        else
            return run(Call([kept = Kept(std::forward<Callable>(handler))](Request& request) mutable {
                return kept(std::move(request));
            }));
    }

    // Makes `serve` end as described there; by itself it returns at once. Without a `serve` it closes the listener.
    void stop() noexcept;

    // The connections open now; and those of them on which a request is being read or answered.
    std::size_t connections() const noexcept;
    std::size_t busy_connections() const noexcept;

private:
    using Call = UniqueFunction<Task<Response>(Request&)>;
    Task<> run(Call handler);

    std::unique_ptr<ServerCore> core_;
};

// A server to be made: what `listen` gives. Set what you like, then await it. Throws IoError ("listen on 127.0.0.1:80
// failed: Address already in use") and ResolveError.
class [[nodiscard("co_await it")]] ServerBuilder {
public:
    explicit ServerBuilder(net::Listening listening) noexcept : listening_(std::move(listening)) {}

    // All the settings at once.
    ServerBuilder&& settings(const ServerSettings& settings) && noexcept {
        settings_ = settings;
        return std::move(*this);
    }
    // Or one by one: see ServerSettings.
    ServerBuilder&& body_limit(std::size_t bytes) && noexcept {
        settings_.body_limit = bytes;
        return std::move(*this);
    }
    ServerBuilder&& grace(Duration time) && noexcept {
        settings_.grace = time;
        return std::move(*this);
    }
    ServerBuilder&& connections(std::size_t count) && noexcept {
        settings_.connections = count;
        return std::move(*this);
    }
    ServerBuilder&& streamed(bool on = true) && noexcept {
        settings_.streamed = on;
        return std::move(*this);
    }
    ServerBuilder&& gone_sign(std::optional<net::GoneSign> sign) && noexcept {
        settings_.gone_sign = sign;
        return std::move(*this);
    }
    // Several servers, one per reactor, share the port (SO_REUSEPORT); off.
    ServerBuilder&& reuse_port(bool on = true) && noexcept {
        static_cast<void>(std::move(listening_).reuse_port(on));
        return std::move(*this);
    }
    // How many connections may wait to be accepted; 4096, which the system bounds by net.core.somaxconn.
    ServerBuilder&& backlog(int count) && noexcept {
        static_cast<void>(std::move(listening_).backlog(count));
        return std::move(*this);
    }

    Task<Server> into_task() &&;

private:
    net::Listening listening_;
    ServerSettings settings_;
};

// "127.0.0.1:0", "[::1]:8080", ":80" for all addresses of the machine, "localhost:80", "unix:/run/app.sock"; the port 0
// means any free one. Throws Error where it is none of these.
inline ServerBuilder listen(std::string_view where) { return ServerBuilder(net::listen(where)); }
inline ServerBuilder listen(const net::Address& address) { return ServerBuilder(net::listen(address)); }

} // namespace corduroy::http
