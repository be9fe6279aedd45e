// Receives of which one stands in the system for all: nothing is lost, twice, or out of order, whatever is asked for.

#include "net/pattern.hpp"
#include "testing/each_kernel.hpp"

#include <functional>
#include <poll.h>
#include <random>
#include <sys/socket.h>
#include <unistd.h>

using namespace corduroy;
using namespace corduroy::testing;

namespace {

kernel::Description standing_receive(int fd) {
    kernel::Description what = receive_provided(fd);
    what.standing = true;
    return what;
}

// What a receive that has ended gave, as `receive` has it; the buffer goes back.
std::string take(Kernel& kernel, const Probe& probe) {
    REQUIRE(probe.done());
    const Completion& last = probe.completions.back();
    if (last.result < 0) return "-" + std::to_string(-last.result);
    if (!last.has_buffer) return "";
    std::string bytes(reinterpret_cast<const char*>(kernel.buffer(last.buffer).data()),
                      static_cast<std::size_t>(last.result));
    kernel.give_back(last.buffer);
    return bytes;
}

std::string receive_standing(Kernel& kernel, int fd) {
    Probe probe(standing_receive(fd));
    kernel.submit(probe);
    finish(kernel, probe);
    return take(kernel, probe);
}

// Until so many bytes have come; into memory of its own where they lie in no provided buffer.
std::string receive_standing(Kernel& kernel, int fd, std::size_t size) {
    std::string bytes;
    while (bytes.size() < size) {
        std::string part = receive_standing(kernel, fd);
        if (part == "-" + std::to_string(ENOBUFS)) part = receive(kernel, fd, 1 + bytes.size() % 9000);
        REQUIRE(part != "");
        bytes += part;
    }
    return bytes;
}

// A connection whose `a` has received so once.
Pair standing_pair(Kernel& kernel) {
    Pair pair = tcp_pair(kernel);
    CHECK(send_all(kernel, pair.b, "first") == 5);
    CHECK(receive_standing(kernel, pair.a) == "first");
    return pair;
}

} // namespace

TEST_CASE("standing receives give what comes, part by part and in order, also what came while nobody waited") {
    on_each_kernel([](Kernel& kernel) {
        auto [a, b] = standing_pair(kernel);
        for (int round = 0; round < 5; ++round) {
            Probe probe(standing_receive(a));
            kernel.submit(probe);
            settle(kernel);
            CHECK(probe.in_flight());
            CHECK(send_all(kernel, b, "asked for") == 9);
            finish(kernel, probe);
            CHECK(take(kernel, probe) == "asked for");
        }
        for (std::string_view part : {"one ", "two ", "three"}) {
            CHECK(send_all(kernel, b, part) == static_cast<int>(part.size()));
            settle(kernel);
        }
        CHECK(receive_standing(kernel, a, 13) == "one two three");
        close_all(kernel, {a, b});
    });
}

TEST_CASE("the end of a connection with a standing receive is told to the next one, and again, behind what came") {
    on_each_kernel([](Kernel& kernel) {
        for (bool settled : {true, false}) {
            auto [a, b] = standing_pair(kernel);
            CHECK(send_all(kernel, b, "last") == 4);
            kernel.close_now(b);
            if (settled) settle(kernel);
            CHECK(receive_standing(kernel, a) == "last");
            CHECK(receive_standing(kernel, a) == "");
            CHECK(receive_standing(kernel, a) == "");
            CHECK(receive(kernel, a) == "");
            kernel.close_now(a);
        }
    });
}

TEST_CASE("a reset of a connection with a standing receive is told once, as every receive tells it") {
    on_each_kernel([](Kernel& kernel) {
        for (bool settled : {true, false}) {
            auto [a, b] = standing_pair(kernel);
            linger at_once{.l_onoff = 1, .l_linger = 0};
            CHECK(kernel.set_option(b, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
            kernel.close_now(b);
            if (settled) settle(kernel);
            CHECK(receive_standing(kernel, a) == "-" + std::to_string(ECONNRESET));
            CHECK(receive_standing(kernel, a) == "");
            kernel.close_now(a);
        }
    });
}

TEST_CASE("behind a standing receive others get what it took in, into memory of their own too") {
    on_each_kernel([](Kernel& kernel) {
        auto [a, b] = standing_pair(kernel);
        CHECK(send_all(kernel, b, "0123456789") == 10);
        settle(kernel);
        CHECK(receive(kernel, a, 4, MSG_PEEK | MSG_DONTWAIT) == "0123");
        CHECK(receive(kernel, a, 3) == "012");
        CHECK(receive(kernel, a, 1, MSG_PEEK) == "3");
        CHECK(receive_standing(kernel, a) == "3456789");
        CHECK(receive(kernel, a, 1, MSG_PEEK | MSG_DONTWAIT) == "-" + std::to_string(EAGAIN));

        // Waiting, while the receive stands: it is for the one who waits, and for the system afterwards.
        std::string own(64, '\0');
        for (int round = 0; round < 3; ++round) {
            Probe probe(receive_into(a, own));
            kernel.submit(probe);
            settle(kernel);
            CHECK(probe.in_flight());
            CHECK(send_all(kernel, b, "own") == 3);
            finish(kernel, probe);
            CHECK(own.substr(0, 3) == "own");
            if (round == 1) {
                CHECK(send_all(kernel, b, "standing again") == 14);
                CHECK(receive_standing(kernel, a) == "standing again");
            }
        }
        Probe probe(receive_into(a, own));
        kernel.submit(probe);
        CHECK(send_all(kernel, b, "at once") == 7);
        finish(kernel, probe);
        CHECK(own.substr(0, 7) == "at once");
        close_all(kernel, {a, b});
    });
}

TEST_CASE("a standing receive that is cancelled loses nothing") {
    on_each_kernel([](Kernel& kernel) {
        auto [a, b] = standing_pair(kernel);
        char own[16];
        for (const kernel::Description& what : {standing_receive(a), receive_into(a, own), standing_receive(a)}) {
            Probe probe(what);
            kernel.submit(probe);
            settle(kernel);
            kernel.cancel(probe);
            finish(kernel, probe);
            CHECK(probe.result() == -ECANCELED);
        }
        CHECK(send_all(kernel, b, "kept") == 4);
        settle(kernel);
        Probe late(standing_receive(a));
        kernel.submit(late);
        kernel.cancel(late);
        finish(kernel, late);
        if (late.result() == -ECANCELED)
            CHECK(receive_standing(kernel, a) == "kept");
        else
            CHECK(take(kernel, late) == "kept");
        close_all(kernel, {a, b});
    });
}

TEST_CASE("what nobody asks for stays in the socket, but for a part of it") {
    on_each_kernel([](Kernel& kernel) {
        auto [a, b] = standing_pair(kernel);
        std::string much = pattern(24 << 20);
        Probe send(send_from(b, much, MSG_WAITALL));
        kernel.submit(send);
        for (int turn = 0; turn < 50; ++turn) settle(kernel);
        CHECK(send.in_flight());
        CHECK(kernel.buffers_out() <= 128 + 32); // half of all, and what came at once
        CHECK(receive_standing(kernel, a, much.size()) == much);
        finish(kernel, send);
        CHECK(send.result() == static_cast<int>(much.size()));
        CHECK(kernel.buffers_out() == 0);
        close_all(kernel, {a, b});
    });
}

TEST_CASE("those who do not read leave provided buffers for others, and lose nothing") {
    on_each_kernel([](Kernel& kernel) {
        std::string flood = pattern(300'000);
        std::vector<Pair> idle;
        std::vector<std::unique_ptr<Probe>> sends;
        while (idle.size() < 300) idle.push_back(standing_pair(kernel));
        for (std::size_t i = 0; i < idle.size(); ++i) {
            std::string_view unasked = i % 30 == 0 ? std::string_view(flood) : "unasked";
            sends.push_back(std::make_unique<Probe>(send_from(idle[i].b, unasked, MSG_WAITALL)));
            kernel.submit(*sends.back());
            settle(kernel);
        }
        CHECK(kernel.buffers_out() <= 128 + 32); // likewise
        auto [a, b] = standing_pair(kernel);
        CHECK(send_all(kernel, b, "asked") == 5);
        CHECK(receive_standing(kernel, a, 5) == "asked");
        for (std::size_t i = 0; i < idle.size(); ++i) {
            std::string_view expected = i % 30 == 0 ? std::string_view(flood) : "unasked";
            CHECK(receive_standing(kernel, idle[i].a, expected.size()) == expected);
            finish(kernel, *sends[i]);
            CHECK(sends[i]->result() == static_cast<int>(expected.size()));
            CHECK(send_all(kernel, idle[i].b, "again") == 5);
            CHECK(receive_standing(kernel, idle[i].a, 5) == "again");
        }
        for (Pair pair : idle) close_all(kernel, {pair.a, pair.b});
        close_all(kernel, {a, b});
        while (kernel.in_flight() != 0) kernel.enter(std::nullopt);
    });
}

TEST_CASE("without provided buffers those who have memory of their own receive, also behind a standing receive") {
    auto kernel = uring_with({.buffers = 4});
    if (!kernel) return;
    auto [a, b] = standing_pair(*kernel);
    auto other = tcp_pair(*kernel);
    Probe hoards[4];
    for (Probe& hoard : hoards) {
        hoard.description = receive_provided(other.a);
        kernel->submit(hoard);
        CHECK(send_all(*kernel, other.b, "x") == 1);
        finish(*kernel, hoard);
    }
    CHECK(kernel->buffers_out() == 4);
    CHECK(send_all(*kernel, b, "own") == 3);
    auto third = tcp_pair(*kernel);
    CHECK(send_all(*kernel, third.b, "kept") == 4);
    CHECK(receive(*kernel, a) == "own");
    CHECK(receive_standing(*kernel, third.a) == "-" + std::to_string(ENOBUFS));
    for (Probe& hoard : hoards) take(*kernel, hoard);
    CHECK(receive_standing(*kernel, third.a) == "kept");
    close_all(*kernel, {a, b, other.a, other.b, third.a, third.b});
}

TEST_CASE("a socket with a standing receive is closed with what it had taken in, which resets the connection") {
    on_each_kernel([](Kernel& kernel) {
        for (bool soon : {false, true}) {
            auto [a, b] = standing_pair(kernel);
            CHECK(send_all(kernel, b, "unread") == 6);
            settle(kernel);
            CHECK(kernel.buffers_out() <= 1);
            soon ? kernel.close_soon(a) : kernel.close_now(a);
            CHECK(kernel.buffers_out() == 0);
            CHECK(receive(kernel, b) == "-ECONNRESET");
            // A new one of the same number has nothing of it.
            auto other = standing_pair(kernel);
            CHECK(send_all(kernel, other.b, "new") == 3);
            CHECK(receive_standing(kernel, other.a) == "new");
            close_all(kernel, {b, other.a, other.b});
            while (kernel.in_flight() != 0) kernel.enter(std::nullopt);
        }
    });
}

TEST_CASE("the peer of a socket with a standing receive sees that it is closed, at once or with the next entry") {
    for (bool soon : {false, true}) {
        auto kernel = uring();
        if (!kernel) return;
        auto [a, b] = standing_pair(*kernel);
        settle(*kernel);
        soon ? kernel->close_soon(a) : kernel->close_now(a);
        while (kernel->in_flight() != 0) kernel->enter(std::nullopt);
        char byte;
        CHECK(::recv(b, &byte, 1, MSG_DONTWAIT) == 0);
        kernel->close_now(b);
    }
}

TEST_CASE("a socket that is to be closed by the way with a standing receive is closed with the kernel, too") {
    auto kernel = uring();
    if (!kernel) return;
    auto [a, b] = standing_pair(*kernel);
    settle(*kernel);
    kernel->close_soon(a);
    kernel.reset();
    char byte;
    CHECK(::recv(b, &byte, 1, MSG_DONTWAIT) == 0);
    ::close(b);
}

TEST_CASE("another loop is told of receives that are served, or given up, by what completes without the system") {
    struct Handler final : kernel::Operation {
        Handler(const kernel::Description& what, std::function<void(const Completion&)> then)
            : Operation(&ended), then_(std::move(then)) {
            description = what;
        }
        static void ended(Operation& operation, const Completion& completion) noexcept {
            static_cast<Handler&>(operation).then_(completion);
        }
        std::function<void(const Completion&)> then_;
    };
    auto kernel = uring();
    if (!kernel) return;
    auto [a, b] = standing_pair(*kernel);
    auto [other, beyond] = standing_pair(*kernel);
    auto readable = [driver = kernel->descriptor()] {
        pollfd what{.fd = driver, .events = POLLIN, .revents = 0};
        return ::poll(&what, 1, 0) == 1;
    };
    Probe waits(standing_receive(other));
    kernel->submit(waits);
    for (int part = 0; part < 2; ++part) {
        CHECK(send_all(*kernel, b, "unasked") == 7);
        settle(*kernel);
    }
    while (readable()) kernel->enter(TimePoint::min());
    Probe second(standing_receive(a));
    Handler first(standing_receive(a), [&](const Completion& completion) {
        kernel->give_back(completion.buffer);
        kernel->submit(second);
        kernel->cancel(waits);
    });
    kernel->submit(first);
    kernel->enter(TimePoint::min());
    CHECK(second.in_flight());
    CHECK(waits.in_flight());
    CHECK(readable());
    kernel->enter(TimePoint::min());
    CHECK(take(*kernel, second) == "unasked");
    CHECK(waits.result() == -ECANCELED);
    close_all(*kernel, {a, b, other, beyond});
}

// Anything, in any order, beside a model of what must come.
TEST_CASE("standing receives agree with a model, on queues of every size") {
    struct Connection {
        Pair pair;
        std::size_t sent = 0, received = 0;
        std::unique_ptr<Probe> waiting;
        std::string own = std::string(700, '\0');
    };
    std::string text = pattern(1 << 20);
    for (unsigned seed = 0; seed < 24; ++seed) {
        CAPTURE(seed);
        auto kernel =
            seed % 4 != 0
                ? uring_with({.submission_entries = 1U << seed % 5, .buffers = 8U << seed % 3, .buffer_size = 256})
                : std::make_unique<sim::SimKernel>(sim::SimOptions{.seed = seed, .shuffle_completions = true});
        if (!kernel) continue;
        std::mt19937 random(seed);
        auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
        std::vector<Connection> connections(5);
        auto open = [&](Connection& c) {
            c.pair = tcp_pair(*kernel);
            c.sent = c.received = 0;
        };
        auto take_in = [&](Connection& c) {
            const Completion& last = c.waiting->completions.back();
            std::size_t size = last.result > 0 ? static_cast<std::size_t>(last.result) : 0;
            std::string_view expected = std::string_view(text).substr(c.received, size);
            if (last.has_buffer) {
                CHECK(take(*kernel, *c.waiting) == expected);
            } else if (last.result > 0) {
                CHECK(std::string_view(c.own).substr(0, size) == expected);
            } else {
                CHECK((last.result == -ECANCELED || last.result == -ENOBUFS));
            }
            c.received += size;
            c.waiting.reset();
        };
        for (Connection& c : connections) open(c);
        for (int step = 0; step < 1500; ++step) {
            Connection& c = connections[below(connections.size())];
            switch (below(9)) {
            case 0:
            case 1:
            case 2: {
                std::size_t size = 1 + below(below(8) == 0 ? 9000 : 300);
                if (c.sent - c.received > 30'000 || c.sent + size > text.size()) break;
                REQUIRE(send_all(*kernel, c.pair.b, std::string_view(text).substr(c.sent, size)) ==
                        static_cast<int>(size));
                c.sent += size;
                break;
            }
            case 3:
            case 4:
            case 5:
                if (c.waiting) break;
                c.waiting =
                    std::make_unique<Probe>(below(4) == 0 ? receive_into(c.pair.a, c.own) : standing_receive(c.pair.a));
                kernel->submit(*c.waiting);
                break;
            case 6:
                if (c.waiting && below(2) == 0) kernel->cancel(*c.waiting);
                break;
            case 7:
                if (below(6) != 0) break;
                if (c.waiting) {
                    kernel->cancel(*c.waiting);
                    finish(*kernel, *c.waiting);
                    take_in(c);
                }
                below(2) == 0 ? kernel->close_now(c.pair.a) : kernel->close_soon(c.pair.a);
                kernel->close_now(c.pair.b);
                open(c);
                break;
            case 8:
                kernel->enter(TimePoint::min());
                break;
            }
            for (Connection& each : connections)
                if (each.waiting && each.waiting->done()) take_in(each);
        }
        for (Connection& c : connections) {
            bool own = false;
            while (c.waiting || c.received < c.sent) {
                if (!c.waiting) {
                    own = !own; // what lies in no provided buffer any more is not for the others
                    c.waiting =
                        std::make_unique<Probe>(own ? receive_into(c.pair.a, c.own) : standing_receive(c.pair.a));
                    kernel->submit(*c.waiting);
                }
                if (c.received == c.sent) kernel->cancel(*c.waiting);
                finish(*kernel, *c.waiting);
                take_in(c);
            }
            CHECK(c.received == c.sent);
            close_all(*kernel, {c.pair.a, c.pair.b});
        }
        while (kernel->in_flight() != 0) kernel->enter(std::nullopt);
        CHECK(kernel->buffers_out() == 0);
    }
}
