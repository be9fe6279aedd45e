// Streams of a reactor that another loop drives.

#include <corduroy/net/stream.hpp>
#include <corduroy/reactor/reactor.hpp>

#include "net/socket_stream.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

using namespace corduroy;

namespace {

class Item : public Ready {
public:
    explicit Item(std::function<void()> action) : Ready(&run), action_(std::move(action)) {}

private:
    static void run(Ready& ready) noexcept { static_cast<Item&>(ready).action_(); }

    std::function<void()> action_;
};

// Drives the reactor as long as it asks for that. What came at the other end meanwhile, with a full stop for its end.
std::string drive(Reactor& reactor, int other_end) {
    std::string received;
    char bytes[64];
    for (int turns = 0; turns < 100; ++turns) {
        if (!reactor.poll_once()) {
            pollfd waiting{reactor.descriptor(), POLLIN, 0};
            if (::poll(&waiting, 1, 0) == 0) break;
        }
    }
    for (;;) {
        ssize_t count = ::recv(other_end, bytes, sizeof bytes, MSG_DONTWAIT);
        if (count == 0) received += ".";
        if (count <= 0) return received;
        received.append(bytes, static_cast<std::size_t>(count));
    }
}

} // namespace

TEST_CASE("what is written and closed in one turn gets out, though another loop drives the reactor") {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    {
        Reactor reactor;
        reactor.poll_once();
        REQUIRE(reactor.descriptor() >= 0);
        std::unique_ptr<net::ByteStream> stream;
        Item more([&] { stream->write_soon("b"); });
        Item begin([&] {
            stream = net::adopt_socket(ends[0]);
            stream->write_soon("a");
            reactor.enqueue(more);
        });
        reactor.enqueue(begin);
        CHECK(drive(reactor, ends[1]) == "ab");

        Item leave([&] { stream.reset(); });
        Item go_on([&] {
            stream->write_soon("c");
            reactor.enqueue(leave);
        });
        reactor.enqueue(go_on);
        CHECK(drive(reactor, ends[1]) == "c.");
    }
    ::close(ends[1]);
}
