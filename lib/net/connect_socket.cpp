#include "net/connect_socket.hpp"

#include <corduroy/net/stream_errors.hpp>
#include <corduroy/reactor/reactor.hpp>

#include "net/descriptor.hpp"
#include "net/named_operation.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace corduroy::net {

namespace {

void use_interface(kernel::Kernel& kernel, const Descriptor& socket, const std::string& name) {
    if (name.find('\0') != std::string::npos)
        throw LocalAddressError("use a network interface whose name holds NUL", EINVAL);
    int result =
        kernel.set_option(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, name.data(), static_cast<socklen_t>(name.size()));
    if (result < 0) throw LocalAddressError("use the network interface " + name, -result);
}

// False where the address is of another family than the peer's.
bool use_local(kernel::Kernel& kernel, const Descriptor& socket, const Address& peer, const Address& local) {
    if (local.family() != peer.family()) return false;
    // A port of the system's choice need not be free towards every peer.
    if (local.is_ip() && local.port() == 0) socket.set(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, true);
    if (local.is_ip() && local.port() != 0) socket.set(SOL_SOCKET, SO_REUSEADDR, true);
    int result = kernel.bind(socket.get(), local.data(), local.size());
    if (result < 0) throw LocalAddressError("bind to " + local.to_string(), -result);
    return true;
}

void keep_alive(kernel::Kernel& kernel, const Descriptor& socket, Duration idle) {
    constexpr long long longest = std::numeric_limits<short>::max(); // the system's
    auto wanted = std::chrono::duration_cast<std::chrono::seconds>(idle).count();
    int seconds = static_cast<int>(std::clamp<long long>(wanted, 1, longest));
    socket.set(SOL_SOCKET, SO_KEEPALIVE, true);
    for (int option : {TCP_KEEPIDLE, TCP_KEEPINTVL}) // refinements: they may be refused
        kernel.set_option(socket.get(), IPPROTO_TCP, option, &seconds, sizeof seconds);
}

} // namespace

Task<int> connect_socket(Address address, const ConnectOptions& options) {
    Reactor& reactor = Reactor::current();
    kernel::Kernel& kernel = reactor.kernel();
    auto words = [&] { return "connect to " + address.to_string(); };
    int fd = -1;
    {
        kernel::Description making;
        making.opcode = kernel::Opcode::socket;
        making.flags = static_cast<std::uint32_t>(address.family());
        NamedOperation operation(making, words);
        kernel::Completion made = co_await operation;
        fd = made.result;
    }
    if (fd < 0) co_return fd;
    Descriptor socket(kernel, fd);
    if (!options.interface.empty()) use_interface(kernel, socket, options.interface);
    if (!options.local.empty() && !use_local(kernel, socket, address, options.local)) co_return -EAFNOSUPPORT;
    if (options.keep_alive && address.is_ip()) keep_alive(kernel, socket, *options.keep_alive);
    kernel::Description what;
    what.opcode = kernel::Opcode::connect;
    what.fd = socket.get();
    what.data = const_cast<sockaddr*>(address.data());
    what.length = address.size();
    what.speaks_first = options.speaks_first && address.is_ip();
    NamedOperation operation(what, words);
    kernel::Completion done = co_await operation;
    reactor.log(LogLevel::debug, "net", [&] {
        return words() + (done.result < 0 ? " failed: " + errno_message(-done.result) : std::string(" succeeded"));
    });
    if (done.result < 0) co_return done.result;
    co_return socket.release();
}

} // namespace corduroy::net
