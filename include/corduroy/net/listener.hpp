#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/net/address.hpp>
#include <corduroy/net/resolver.hpp>
#include <corduroy/net/stream.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace corduroy::net {

// A socket that connections come to, as `listen` gives it. Move-only; destroying it stops listening, frees the path of
// a Unix one, unless another socket has taken that, and leaves the connections that it gave untouched. Nobody may be
// accepting then. So does the end of its reactor, where it is kept longer than that.
class Listener {
public:
    Listener(Listener&& other) noexcept;
    Listener& operator=(Listener&& other) noexcept;
    ~Listener();

    // Where it listens; the port is the one that the system chose where 0 was asked for.
    const Address& address() const noexcept { return address_; }
    std::uint16_t port() const noexcept { return address_.port(); }

    // The next connection. When the process or the system has no descriptors left it waits and tries again, rather than
    // fail; a connection that broke before it could be accepted is passed over. Cancelled, it loses no connection: one
    // that came all the same is delivered. Throws IoError. The listener must stay where it is meanwhile.
    Task<Stream> accept();

private:
    friend class Listening;
    class Bound;

    Listener(Reactor& reactor, int fd, const Address& address, Duration retry, std::unique_ptr<Bound> bound) noexcept;
    void close() noexcept;

    Reactor* reactor_;
    int fd_;
    Address address_;
    Duration retry_;
    std::uint64_t file_device_ = 0; // the socket at the path, where there is one,
    std::uint64_t file_number_ = 0; // by which it is known again
    int accepting_ = 0;             // how many wait in `accept`
    std::unique_ptr<Bound> bound_;
};

// A listener to be made: what `listen` gives. Set what you like, then await it: it gives a Listener. Throws IoError
// ("listen on 127.0.0.1:80 failed: Address already in use") and ResolveError.
class [[nodiscard("co_await it")]] Listening {
public:
    Listening(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}
    explicit Listening(const Address& address) : address_(address) {}

    // How many connections may wait to be accepted; 4096, which the system bounds by net.core.somaxconn.
    Listening&& backlog(int count) && noexcept {
        backlog_ = count;
        return std::move(*this);
    }
    // Several listeners, one per reactor, share the port (SO_REUSEPORT); off.
    Listening&& reuse_port(bool on = true) && noexcept {
        reuse_port_ = on;
        return std::move(*this);
    }
    // Accepted connections send small writes at once (TCP_NODELAY); on.
    Listening&& no_delay(bool on) && noexcept {
        no_delay_ = on;
        return std::move(*this);
    }
    // How long to wait before accepting again when descriptors have run out; 100 ms.
    Listening&& retry_after(Duration pause) && noexcept {
        retry_ = pause;
        return std::move(*this);
    }

    // Looks the host up by this resolver, which must outlive the await, instead of the reactor's own.
    Listening&& resolver(Resolver& resolver) && noexcept {
        resolver_ = &resolver;
        return std::move(*this);
    }

    Task<Listener> into_task() &&;

private:
    static Task<Listener> start(Listening settings);
    int open(kernel::Kernel& kernel, const Address& address) const noexcept;

    std::string host_;
    std::uint16_t port_ = 0;
    Address address_;
    Resolver* resolver_ = nullptr;
    int backlog_ = 4096;
    bool reuse_port_ = false;
    bool no_delay_ = true;
    Duration retry_ = std::chrono::milliseconds(100);
};

inline Listening listen(const Address& address) { return Listening(address); }
// A literal address or a name, and a port: the port 0 means any free one, an empty host ("":80, ":80") every address of
// the machine. SO_REUSEADDR is set.
inline Listening listen(std::string host, std::uint16_t port) { return Listening(std::move(host), port); }
// "127.0.0.1:0", "[::1]:80", ":80", "localhost:80", "unix:/run/x.sock". Throws Error where it is none of these.
Listening listen(std::string_view where);

} // namespace corduroy::net
