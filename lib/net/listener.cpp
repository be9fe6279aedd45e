#include <corduroy/net/listener.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/fatal.hpp>

#include "net/connect_socket.hpp"
#include "net/descriptor.hpp"
#include "net/named_operation.hpp"

#include <cerrno>
#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <vector>

namespace corduroy::net {

namespace {

// Counts a waiting accept, which a listener must outlive.
class Count {
public:
    explicit Count(int& count) noexcept : count_(++count) {}
    Count(const Count&) = delete;
    Count& operator=(const Count&) = delete;
    ~Count() { --count_; }

private:
    int& count_;
};

// Descriptors or memory have run out, here or in the whole system.
bool exhausted(int error) noexcept { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }

// What accept(2) says of a connection that broke while it waited, or of the network below it.
bool concerns_the_connection(int error) noexcept {
    switch (error) {
    case ECONNABORTED:
    case EPROTO:
    case EPERM: // a firewall's word
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EOPNOTSUPP:
    case EINTR:
    case EAGAIN:
        return true;
    default:
        return false;
    }
}

// Whether it is a Unix socket's path in the file system, and no abstract name.
bool has_file(const Address& address) {
    return address.is_unix() && !address.path().empty() && !address.path().starts_with('@');
}

// Whoever listens answers at once, unless more connections wait than he has room for.
constexpr Duration answer_time = std::chrono::seconds(5);

// Whether the path of a Unix socket is one that somebody left behind and nobody listens on. To connect to a file of
// another kind is refused in the same words, and that is not ours to remove.
Task<bool> stale(Address address) {
    std::uint64_t device = 0;
    std::uint64_t number = 0;
    if (Reactor::current().kernel().socket_file(address.path().c_str(), device, number) < 0) co_return false;
    ConnectOptions options;
    auto connected = co_await attempt(timeout(answer_time, connect_socket(std::move(address), options)));
    if (!connected) {
        if (!connected.failure().check<TimeoutError>()) connected.failure().rethrow();
        co_return false;
    }
    Descriptor closed_again(Reactor::current().kernel(), *connected);
    co_return *connected == -ECONNREFUSED;
}

Address bound_address(kernel::Kernel& kernel, int fd, const Address& asked) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    auto* raw = reinterpret_cast<sockaddr*>(&storage);
    return kernel.local_address(fd, raw, length) < 0 ? asked : Address(raw, length);
}

} // namespace

// Closes the listener when its reactor ends.
class Listener::Bound final : public ReactorBound {
public:
    explicit Bound(Reactor& reactor) noexcept : ReactorBound(reactor) {}
    void follow(Listener& listener) noexcept { listener_ = &listener; }

private:
    void reactor_ended() noexcept override {
        if (listener_ != nullptr) listener_->close();
    }

    Listener* listener_ = nullptr;
};

Listener::Listener(Reactor& reactor, int fd, const Address& address, Duration retry,
                   std::unique_ptr<Bound> bound) noexcept
    : reactor_(&reactor), fd_(fd), address_(address), retry_(retry), bound_(std::move(bound)) {
    bound_->follow(*this);
    if (has_file(address_)) reactor.kernel().socket_file(address_.path().c_str(), file_device_, file_number_);
}

Listener::Listener(Listener&& other) noexcept
    : reactor_(other.reactor_), fd_(std::exchange(other.fd_, -1)), address_(other.address_), retry_(other.retry_),
      file_device_(other.file_device_), file_number_(other.file_number_), bound_(std::move(other.bound_)) {
    if (other.accepting_ != 0) fatal("a listener was moved while a coroutine accepts from it");
    if (bound_) bound_->follow(*this);
}

Listener& Listener::operator=(Listener&& other) noexcept {
    if (this == &other) return *this;
    if (other.accepting_ != 0) fatal("a listener was moved while a coroutine accepts from it");
    close();
    reactor_ = other.reactor_;
    fd_ = std::exchange(other.fd_, -1);
    address_ = other.address_;
    retry_ = other.retry_;
    file_device_ = other.file_device_;
    file_number_ = other.file_number_;
    bound_ = std::move(other.bound_);
    if (bound_) bound_->follow(*this);
    return *this;
}

Listener::~Listener() { close(); }

void Listener::close() noexcept {
    if (accepting_ != 0) fatal("a listener was destroyed while a coroutine accepts from it; join that one first");
    if (fd_ < 0) return;
    kernel::Kernel& kernel = reactor_->kernel();
    reactor_->log(LogLevel::info, "net", [&] { return "stopped to listen on " + address_.to_string(); });
    kernel.close_now(std::exchange(fd_, -1));
    if (!has_file(address_)) return;
    std::string path = address_.path();
    std::uint64_t device = 0;
    std::uint64_t number = 0;
    if (kernel.socket_file(path.c_str(), device, number) < 0) return;
    if (device == file_device_ && number == file_number_) kernel.unlink(path.c_str());
}

Task<Stream> Listener::accept() {
    Count waiting(accepting_);
    kernel::Description what;
    what.opcode = kernel::Opcode::accept;
    what.fd = fd_;
    auto words = [this] { return "accept on " + address_.to_string(); };
    for (;;) {
        NamedOperation operation(what, words);
        kernel::Completion done = co_await operation;
        if (done.result >= 0) co_return Stream(adopt_socket(done.result));
        int error = -done.result;
        if (exhausted(error)) {
            reactor_->log(LogLevel::warning, "net", [&] {
                return words() + " failed: " + errno_message(error) + "; again in " + duration_text(retry_);
            });
            co_await sleep(retry_);
        } else if (concerns_the_connection(error)) {
            reactor_->log(LogLevel::debug, "net", [&] {
                return words() + ": a connection broke before it was accepted: " + errno_message(error);
            });
        } else {
            throw IoError(words(), error);
        }
    }
}

Listening listen(std::string_view where) {
    if (where.starts_with("unix:")) return Listening(Address::unix_path(where.substr(5)));
    auto parts = HostPort::parse(where);
    if (!parts) throw Error("listen on \"" + std::string(where) + "\" failed: it is neither HOST:PORT nor unix:PATH");
    return Listening(std::move(parts->host), parts->port);
}

Task<Listener> Listening::into_task() && { return start(std::move(*this)); }

Task<Listener> Listening::start(Listening settings) {
    std::vector<Address> addresses;
    if (!settings.address_.empty()) {
        addresses.push_back(settings.address_);
    } else if (auto literal = Address::parse(settings.host_, settings.port_)) {
        addresses.push_back(*literal);
    } else if (settings.host_.empty()) {
        addresses.push_back(Address::any_ipv6(settings.port_)); // takes IPv4 too, where there is IPv6 at all
        addresses.push_back(Address::any_ipv4(settings.port_));
    } else {
        Resolver& resolver = settings.resolver_ != nullptr ? *settings.resolver_ : default_resolver();
        addresses = co_await resolver.resolve(settings.host_, settings.port_);
        addresses.resize(1);
    }

    Reactor& reactor = Reactor::current();
    int result = 0;
    Address tried;
    for (const Address& address : addresses) {
        tried = address;
        result = settings.open(reactor.kernel(), address);
        if (result == -EADDRINUSE && has_file(address)) {
            bool left_behind = co_await stale(address);
            if (left_behind) {
                reactor.kernel().unlink(address.path().c_str());
                result = settings.open(reactor.kernel(), address);
            }
        }
        if (result >= 0) {
            Descriptor socket(reactor.kernel(), result);
            auto bound = std::make_unique<Listener::Bound>(reactor);
            Address where = bound_address(reactor.kernel(), result, address);
            reactor.log(LogLevel::info, "net", [&] { return "listens on " + where.to_string(); });
            Listener listener(reactor, socket.release(), where, settings.retry_, std::move(bound));
            co_return listener;
        }
        if (result != -EAFNOSUPPORT && result != -EADDRNOTAVAIL) break;
    }
    throw IoError("listen on " + tried.to_string(), -result);
}

// A listening descriptor, or -errno.
int Listening::open(kernel::Kernel& kernel, const Address& address) const noexcept {
    Descriptor socket(kernel, kernel.socket(address.family(), SOCK_STREAM, 0));
    if (socket.get() < 0) return socket.get();
    if (address.is_ip()) {
        socket.set(SOL_SOCKET, SO_REUSEADDR, true);
        socket.set(IPPROTO_TCP, TCP_NODELAY, no_delay_);
        if (reuse_port_) socket.set(SOL_SOCKET, SO_REUSEPORT, true);
        bool every = host_.empty() && address == Address::any_ipv6(address.port()) && address_.empty();
        if (every) socket.set(IPPROTO_IPV6, IPV6_V6ONLY, false);
    }
    if (int error = kernel.bind(socket.get(), address.data(), address.size()); error < 0) return error;
    if (int error = kernel.listen(socket.get(), backlog_); error < 0) return error;
    return socket.release();
}

} // namespace corduroy::net
