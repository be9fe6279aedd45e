// Connecting and accepting, as every kernel does it.

#include "testing/each_kernel.hpp"

#include <algorithm>
#include <unistd.h>

using namespace corduroy;
using namespace corduroy::testing;

namespace {

int new_socket(Kernel& kernel, int family) {
    int fd = kernel.socket(family, SOCK_STREAM, 0);
    REQUIRE(fd >= 0);
    return fd;
}

int option(Kernel& kernel, int fd, int name) {
    int value = -1;
    socklen_t length = sizeof value;
    REQUIRE(kernel.get_option(fd, SOL_SOCKET, name, &value, length) == 0);
    CHECK(length == sizeof value);
    return value;
}

template <class A>
A peer_of(Kernel& kernel, int fd) {
    A address{};
    socklen_t length = sizeof address;
    REQUIRE(kernel.peer_address(fd, reinterpret_cast<sockaddr*>(&address), length) == 0);
    return address;
}

// The abstract name, and its length as an address.
std::pair<sockaddr_un, socklen_t> unix_address(std::string_view path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    return {address, static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size())};
}

} // namespace

TEST_CASE("a TCP connection over IPv4 and IPv6 carries bytes both ways and knows its ends") {
    on_each_kernel([](Kernel& kernel) {
        auto exchange = [&](auto address) {
            int listener = listen_at(kernel, address);
            std::uint16_t port = port_of(kernel, listener);
            CHECK(port != 0);
            if constexpr (sizeof address == sizeof(sockaddr_in))
                address.sin_port = htons(port);
            else
                address.sin6_port = htons(port);
            int client = new_socket(kernel, plain(address)->sa_family);
            Probe accept(on(Opcode::accept, listener));
            kernel.submit(accept);
            CHECK(perform(kernel, connect_to(client, address)) == 0);
            finish(kernel, accept);
            int server = accept.result();
            REQUIRE(server >= 0);

            CHECK(port_of(kernel, server) == port);
            auto seen_by_client = peer_of<decltype(address)>(kernel, client);
            auto seen_by_server = peer_of<decltype(address)>(kernel, server);
            CHECK(std::memcmp(&seen_by_client, &address, sizeof address) == 0);
            CHECK(plain(seen_by_server)->sa_family == plain(address)->sa_family);
            CHECK(option(kernel, client, SO_ERROR) == 0);
            CHECK(option(kernel, client, SO_DOMAIN) == plain(address)->sa_family);
            CHECK(option(kernel, client, SO_TYPE) == SOCK_STREAM);
            CHECK(option(kernel, client, SO_ACCEPTCONN) == 0);
            CHECK(option(kernel, listener, SO_ACCEPTCONN) == 1);
            CHECK(send_all(kernel, client, "ping") == 4);
            CHECK(receive(kernel, server) == "ping");
            CHECK(send_all(kernel, server, "pong") == 4);
            CHECK(receive(kernel, client) == "pong");
            CHECK(perform(kernel, connect_to(client, address)) == -EISCONN);
            close_all(kernel, {client, server, listener});
        };
        exchange(ipv4("127.0.0.1", 0));
        exchange(ipv6("::1", 0));
    });
}

TEST_CASE("a connection to nobody is refused, and the socket can try again") {
    on_each_kernel([](Kernel& kernel) {
        int bound = new_socket(kernel, AF_INET); // holds the port, listens later
        auto address = ipv4("127.0.0.1", 0);
        REQUIRE(kernel.bind(bound, plain(address), sizeof address) == 0);
        address.sin_port = htons(port_of(kernel, bound));
        int client = new_socket(kernel, AF_INET);
        CHECK(perform(kernel, connect_to(client, address)) == -ECONNREFUSED);
        CHECK(option(kernel, client, SO_ERROR) == 0);
        REQUIRE(kernel.listen(bound, 1) == 0);
        CHECK(perform(kernel, connect_to(client, address)) == 0);
        close_all(kernel, {client, bound});
    });
}

TEST_CASE("a listener at the unspecified address hears its family, and IPv6 hears IPv4 as well") {
    on_each_kernel([](Kernel& kernel) {
        auto reach = [&](int listener, auto to) {
            int client = new_socket(kernel, plain(to)->sa_family);
            int result = perform(kernel, connect_to(client, to));
            if (result == 0) kernel.close_now(perform(kernel, on(Opcode::accept, listener)));
            kernel.close_now(client);
            return result;
        };
        int any4 = listen_at(kernel, ipv4("0.0.0.0", 0));
        std::uint16_t port = port_of(kernel, any4);
        CHECK(reach(any4, ipv4("127.0.0.1", port)) == 0);
        CHECK(reach(any4, ipv4("127.0.0.2", port)) == 0);
        CHECK(reach(any4, ipv4("0.0.0.0", port)) == 0);
        CHECK(reach(any4, ipv6("::1", port)) == -ECONNREFUSED);
        CHECK(reach(any4, ipv6("::ffff:127.0.0.1", port)) == 0);
        kernel.close_now(any4);

        int any6 = listen_at(kernel, ipv6("::", 0));
        port = port_of(kernel, any6);
        CHECK(reach(any6, ipv6("::1", port)) == 0);
        CHECK(reach(any6, ipv6("::", port)) == 0);
        auto address = ipv4("127.0.0.1", port);
        int client = new_socket(kernel, AF_INET);
        CHECK(perform(kernel, connect_to(client, address)) == 0);
        int server = perform(kernel, on(Opcode::accept, any6));
        auto peer = peer_of<sockaddr_in6>(kernel, server);
        CHECK(peer.sin6_family == AF_INET6);
        CHECK(IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr));
        close_all(kernel, {client, server, any6});

        int only6 = new_socket(kernel, AF_INET6);
        int yes = 1;
        REQUIRE(kernel.set_option(only6, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) == 0);
        auto any = ipv6("::", 0);
        REQUIRE(kernel.bind(only6, plain(any), sizeof any) == 0);
        REQUIRE(kernel.listen(only6, 1) == 0);
        CHECK(reach(only6, ipv4("127.0.0.1", port_of(kernel, only6))) == -ECONNREFUSED);
        kernel.close_now(only6);
    });
}

TEST_CASE("an address is taken while a socket holds it, alone or within the unspecified one") {
    on_each_kernel([](Kernel& kernel) {
        int holder = listen_at(kernel, ipv4("127.0.0.1", 0));
        std::uint16_t port = port_of(kernel, holder);
        auto try_bind = [&](auto address) {
            int fd = new_socket(kernel, plain(address)->sa_family);
            int result = kernel.bind(fd, plain(address), sizeof address);
            kernel.close_now(fd);
            return result;
        };
        CHECK(try_bind(ipv4("127.0.0.1", port)) == -EADDRINUSE);
        CHECK(try_bind(ipv4("0.0.0.0", port)) == -EADDRINUSE);
        CHECK(try_bind(ipv6("::", port)) == -EADDRINUSE);
        CHECK(try_bind(ipv4("127.0.0.2", port)) == 0);
        auto address = ipv4("127.0.0.1", 0);
        CHECK(kernel.bind(holder, plain(address), sizeof address) == -EINVAL);
        int six = new_socket(kernel, AF_INET6);
        CHECK(kernel.bind(six, plain(address), sizeof address) < 0);
        close_all(kernel, {holder, six});
        CHECK(try_bind(ipv4("127.0.0.1", port)) == 0);
    });
}

TEST_CASE("a multishot accept gives each connection, and ends when it is cancelled") {
    on_each_kernel([](Kernel& kernel) {
        int listener = listen_at(kernel, ipv4("127.0.0.1", 0));
        auto address = ipv4("127.0.0.1", port_of(kernel, listener));
        kernel::Description description = on(Opcode::accept, listener);
        description.multishot = true;
        Probe accept(description);
        kernel.submit(accept);
        settle(kernel);
        constexpr std::size_t count = 30;
        std::vector<std::unique_ptr<Probe>> connects;
        for (std::size_t i = 0; i < count; ++i) {
            int client = new_socket(kernel, AF_INET);
            connects.push_back(std::make_unique<Probe>(connect_to(client, address)));
            kernel.submit(*connects.back());
            if (i % 10 == 9) finish(kernel, accept, i + 1); // no more than the backlog holds
        }
        for (auto& connect : connects) {
            finish(kernel, *connect);
            CHECK(connect->result() == 0);
            kernel.close_now(connect->description.fd);
        }
        CHECK(accept.in_flight());
        for (const Completion& completion : accept.completions) {
            CHECK(completion.more);
            REQUIRE(completion.result >= 0);
            CHECK(receive(kernel, completion.result) == "");
            kernel.close_now(completion.result);
        }
        CHECK(accept.completions.size() == count);
        kernel.cancel(accept);
        finish(kernel, accept);
        CHECK(accept.result() == -ECANCELED);
        CHECK_FALSE(accept.completions.back().more);
        kernel.close_now(listener);
    });
}

TEST_CASE("a full backlog makes a TCP connect wait, which can be cancelled; closing the listener resets the others") {
    on_each_kernel([](Kernel& kernel) {
        int listener = listen_at(kernel, ipv4("127.0.0.1", 0), 1);
        auto address = ipv4("127.0.0.1", port_of(kernel, listener));
        int first = new_socket(kernel, AF_INET), second = new_socket(kernel, AF_INET),
            third = new_socket(kernel, AF_INET);
        CHECK(perform(kernel, connect_to(first, address)) == 0);
        CHECK(perform(kernel, connect_to(second, address)) == 0);
        Probe waiting(connect_to(third, address));
        kernel.submit(waiting);
        settle(kernel);
        CHECK(waiting.in_flight());
        CHECK(perform(kernel, poll_of(listener, POLLIN)) == POLLIN);
        CHECK(perform(kernel, connect_to(third, address)) == -EALREADY);
        kernel.cancel(waiting);
        finish(kernel, waiting);
        CHECK(waiting.result() == -ECANCELED);
        CHECK(send_all(kernel, first, "to nobody") == 9);
        kernel.close_now(listener);
        CHECK(receive(kernel, first) == "-ECONNRESET");
        CHECK(receive(kernel, second) == "-ECONNRESET");
        close_all(kernel, {first, second, third});
    });
}

TEST_CASE("shutting a listener down ends what waits in accept") {
    on_each_kernel([](Kernel& kernel) {
        int listener = listen_at(kernel, ipv4("127.0.0.1", 0));
        Probe accept(on(Opcode::accept, listener));
        kernel.submit(accept);
        settle(kernel);
        CHECK(perform(kernel, {.opcode = Opcode::shutdown, .fd = listener, .flags = SHUT_RDWR}) == 0);
        finish(kernel, accept);
        CHECK(accept.result() == -EINVAL);
        CHECK(perform(kernel, on(Opcode::accept, listener)) == -EINVAL);
        kernel.close_now(listener);
    });
}

TEST_CASE("a socket that is not connected says so, each family in its own way") {
    on_each_kernel([](Kernel& kernel) {
        for (bool tcp : {true, false}) {
            CAPTURE(tcp);
            int fd = new_socket(kernel, tcp ? AF_INET : AF_UNIX);
            sockaddr_storage address{};
            socklen_t length = sizeof address;
            CHECK(receive(kernel, fd) == "-" + std::to_string(tcp ? ENOTCONN : EINVAL));
            CHECK(perform(kernel, send_from(fd, "x")) == (tcp ? -EPIPE : -ENOTCONN));
            CHECK(perform(kernel, on(Opcode::accept, fd)) == -EINVAL);
            CHECK(kernel.peer_address(fd, reinterpret_cast<sockaddr*>(&address), length) == -ENOTCONN);
            CHECK(perform(kernel, poll_of(fd, POLLIN | POLLOUT)) == (POLLOUT | POLLHUP));
            CHECK(kernel.listen(fd, 1) == (tcp ? 0 : -EINVAL));
            kernel.close_now(fd);
        }
    });
}

TEST_CASE("Unix sockets connect by abstract name and by path, and name what is missing") {
    on_each_kernel([](Kernel& kernel) {
        std::string path = "/tmp/corduroy-socket-test-" + std::to_string(::getpid());
        for (const std::string& name : {std::string(1, '\0') + path, path}) {
            auto [address, length] = unix_address(name);
            bool abstract = name[0] == '\0';
            int client = new_socket(kernel, AF_UNIX), listener = new_socket(kernel, AF_UNIX);
            kernel::Description connect = connect_to(client, address);
            connect.length = length;
            CHECK(perform(kernel, connect) == (abstract ? -ECONNREFUSED : -ENOENT));
            REQUIRE(kernel.bind(listener, plain(address), length) == 0);
            CHECK(perform(kernel, connect) == -ECONNREFUSED);
            REQUIRE(kernel.listen(listener, 4) == 0);
            CHECK(perform(kernel, connect) == 0);
            int server = perform(kernel, on(Opcode::accept, listener));
            REQUIRE(server >= 0);

            auto peer = peer_of<sockaddr_un>(kernel, client);
            CHECK(std::string_view(peer.sun_path, name.size()) == name);
            sockaddr_un nameless{};
            socklen_t nameless_length = sizeof nameless;
            CHECK(kernel.peer_address(server, reinterpret_cast<sockaddr*>(&nameless), nameless_length) == 0);
            CHECK(nameless_length == sizeof(sa_family_t));
            CHECK(send_all(kernel, client, "ping") == 4);
            CHECK(receive(kernel, server) == "ping");
            close_all(kernel, {client, server, listener});
            if (!abstract) ::unlink(path.c_str());
        }
    });
}
