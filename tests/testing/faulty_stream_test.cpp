// How streams and listeners take what a FaultyKernel does to them, on the real ring and on the simulated one.

#include <corduroy/corduroy.hpp>
#include <corduroy/net.hpp>
#include <corduroy/testing/faulty_kernel.hpp>

#include "testing/each_kernel.hpp"

#include <cstdint>

using namespace corduroy;
using namespace corduroy::testing;

namespace {

template <class Body>
void on_faulty_reactors(Body body) {
    for (const KernelFactory& factory : kernels) {
        INFO("in front of the kernel: " << std::string(factory.name));
        auto inner = factory.make();
        if (!inner) continue;
        auto owned = std::make_unique<FaultyKernel>(std::move(inner));
        FaultyKernel& kernel = *owned;
        Reactor reactor(std::move(owned));
        auto main = [&]() -> Task<> { co_await body(kernel); };
        run(reactor, main());
        CHECK(kernel.buffers_out() == 0);
    }
}

// Writes and reads `text` through a pair of streams whose every operation is struck so.
Task<std::string> through_pair(std::string text) {
    auto ends = net::stream_pair();
    std::string received;
    auto write = [&]() -> Task<> {
        co_await ends.first.write_all(text);
        co_await ends.first.shutdown();
    };
    auto read = [&]() -> Task<> { received = co_await ends.second.read_all(1 << 20); };
    co_await gather(write(), read());
    co_return received;
}

} // namespace

TEST_CASE("an interrupted send and receive are submitted again, and so is one that did not wait") {
    for (int error : {EINTR, EAGAIN}) {
        on_faulty_reactors([error](FaultyKernel& kernel) -> Task<> {
            kernel.add(Fault::error(error).on(Opcode::send).nth(1, 3));
            kernel.add(Fault::error(error).on(Opcode::receive).nth(1, 3));
            std::string received = co_await through_pair("hello");
            CHECK(received == "hello");
            CHECK(kernel.strikes() == 6);
        });
    }
}

TEST_CASE("bytes written soon go out though their sends are interrupted and short") {
    on_faulty_reactors([](FaultyKernel& kernel) -> Task<> {
        kernel.add(Fault::error(EINTR).on(Opcode::send).nth(1, 2));
        kernel.add(Fault::error(EAGAIN).on(Opcode::send).nth(3, 2));
        kernel.add(Fault::shorten(1).on(Opcode::send).nth(5, 3));
        auto ends = net::stream_pair();
        ends.first.write_soon("hello");
        co_await ends.first.flush();
        std::string received = co_await ends.second.read_exactly(5);
        CHECK(received == "hello");
        CHECK(kernel.strikes() >= 6);
    });
}

TEST_CASE("bytes written soon come behind a write under way, though the system takes that in pieces") {
    on_faulty_reactors([](FaultyKernel& kernel) -> Task<> {
        kernel.add(Fault::shorten(2).on(Opcode::send).always());
        auto ends = net::stream_pair();
        auto queue = [&]() -> Task<> {
            co_await yield_now();
            ends.first.write_soon("behind");
        };
        co_await gather(ends.first.write_all("all that is to go before "), queue());
        std::string received = co_await ends.second.read_exactly(31);
        CHECK(received == "all that is to go before behind");
    });
}

TEST_CASE("a write begins when all that was queued is sent, also what was queued as its turn came") {
    on_faulty_reactors([](FaultyKernel& kernel) -> Task<> {
        auto ends = net::stream_pair();
        std::string large(1'000'000, 'x');
        kernel.add(Fault::delay(1ms).on(Opcode::send).nth(2));
        ends.first.write_soon("first ");
        auto queue = [&]() -> Task<> {
            co_await perform({.opcode = Opcode::nop});
            ends.first.write_soon("more ");
        };
        auto look = [&]() -> Task<> {
            bool open = co_await ends.first.bytes().still_open();
            CHECK(open);
        };
        auto reading = ends.second.read_exactly(large.size() + 11);
        auto results = co_await gather(queue(), look(), ends.first.write_all(large), std::move(reading));
        const std::string& got = std::get<3>(results);
        bool before = got == "first more " + large;
        bool behind = got == "first " + large + "more ";
        CHECK((before || behind));
    });
}

TEST_CASE("where a send fails, what was queued behind it is dropped, and nothing counts as queued") {
    on_faulty_reactors([](FaultyKernel& kernel) -> Task<> {
        kernel.add(Fault::shorten(2).on(Opcode::send));
        kernel.add(Fault::error(EPIPE).on(Opcode::send).nth(2));
        auto ends = net::stream_pair();
        ends.first.write_soon("hello");
        co_await yield_now();
        ends.first.write_soon("behind");
        CHECK(ends.first.bytes().queued() == 11);
        auto outcome = co_await attempt(ends.first.flush());
        CHECK(outcome.failure().check<IoError>());
        CHECK(ends.first.bytes().queued() == 0);
        ends.first.write_soon("more");
        CHECK(ends.first.bytes().queued() == 0);
    });
}

TEST_CASE("one byte at a time, both ways, arrives whole") {
    on_faulty_reactors([](FaultyKernel& kernel) -> Task<> {
        kernel.add(Fault::shorten(1).always());
        std::string text(300, '\0');
        for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i);
        std::string received = co_await through_pair(text);
        CHECK(received == text);
    });
}

TEST_CASE("a receive that finds no provided buffer uses one of its own") {
    on_faulty_reactors([](FaultyKernel& kernel) -> Task<> {
        kernel.add(Fault::error(ENOBUFS).on(Opcode::receive).nth(1));
        auto ends = net::stream_pair();
        co_await ends.first.write_all(std::string_view("hello"));
        std::string line = co_await ends.second.read_exactly(5);
        CHECK(line == "hello");
        CHECK(kernel.strikes() == 1);
    });
}

TEST_CASE("a receive into memory of its own is cancelled without loss, and fails like any other") {
    on_faulty_reactors([](FaultyKernel& kernel) -> Task<> {
        kernel.add(Fault::error(ENOBUFS).on(Opcode::receive).nth(1));
        kernel.add(Fault::error(ENOBUFS).on(Opcode::receive).nth(4));
        kernel.add(Fault::error(ECONNRESET).on(Opcode::receive).nth(5));
        int receives = 0;
        kernel.on_submit([&](const kernel::Description& what, const Fault*) {
            if (what.opcode == Opcode::receive) ++receives;
        });
        auto ends = net::stream_pair();
        CancelScope scope;
        auto receive = [&]() -> Task<> { static_cast<void>(co_await ends.second.bytes().receive()); };
        auto cut_short = [&]() -> Task<> {
            while (receives < 2) co_await yield_now();
            scope.cancel();
        };
        co_await gather(within(scope, receive), cut_short());
        CHECK(scope.cancelled_caught());
        co_await ends.first.write_all(std::string_view("hello"));
        std::string line = co_await ends.second.read_exactly(5);
        CHECK(line == "hello");
        auto failed = co_await attempt(ends.second.bytes().receive());
        REQUIRE(!failed);
        CHECK(failed.failure().as<IoError>()->code().value() == ECONNRESET);
        CHECK(kernel.strikes() == 3);
    });
}

TEST_CASE("a broken connection is an error that names the peer, and is told at once") {
    on_faulty_reactors([](FaultyKernel& kernel) -> Task<> {
        kernel.add(Fault::error(ECONNRESET).on(Opcode::receive));
        kernel.add(Fault::error(EPIPE).on(Opcode::send));
        auto ends = net::stream_pair();
        auto read = co_await attempt(ends.first.read_exactly(1));
        REQUIRE(!read);
        CHECK(read.failure().as<IoError>()->code().value() == ECONNRESET);
        auto written = co_await attempt(ends.first.write_all(std::string_view("x")));
        REQUIRE(!written);
        CHECK(written.failure().as<IoError>()->code().value() == EPIPE);
    });
}

TEST_CASE("a read that waits for an answer ends when the question could not be sent, and says so") {
    for (int error : {EPIPE, ENOBUFS}) {
        on_faulty_reactors([error](FaultyKernel& kernel) -> Task<> {
            kernel.add(Fault::error(error).on(Opcode::send));
            auto ends = net::stream_pair();
            ends.first.write_soon("a question");
            auto read = co_await attempt(ends.first.read_exactly(1));
            REQUIRE(!read);
            CHECK(read.failure().as<IoError>()->code().value() == error);
            CHECK(read.failure().message().starts_with("write to "));
        });
    }
}

TEST_CASE("an operation that the kernel gave up unasked is an error, and no cancellation") {
    on_faulty_reactors([](FaultyKernel& kernel) -> Task<> {
        kernel.add(Fault::error(ECANCELED).on(Opcode::receive));
        auto ends = net::stream_pair();
        auto read = co_await attempt(ends.first.read_exactly(1));
        REQUIRE(!read);
        CHECK(read.failure().as<IoError>()->code().value() == ECANCELED);
    });
}

TEST_CASE("a listener without descriptors waits between its attempts, and the connection is not lost") {
    on_faulty_reactors([](FaultyKernel& kernel) -> Task<> {
        std::uint64_t accepts = 0;
        kernel.on_submit([&](const kernel::Description& what, const Fault*) {
            if (what.opcode == Opcode::accept) ++accepts;
        });
        kernel.add(Fault::error(EMFILE).on(Opcode::accept).nth(1, 3));
        kernel.add(Fault::error(EINTR).on(Opcode::accept).nth(4));
        auto listener = co_await net::listen("127.0.0.1:0");
        std::string address = listener.address().to_string();
        TimePoint start = kernel.now();
        auto client = co_await net::connect(address);
        auto server = co_await listener.accept();
        CHECK(accepts == 5);
        CHECK(kernel.now() - start >= 300ms);
        co_await client.write_all(std::string_view("x"));
        std::string byte = co_await server.read_exactly(1);
        CHECK(byte == "x");
    });
}

TEST_CASE("a read that succeeds though it was cancelled delivers its bytes") {
    on_faulty_reactors([](FaultyKernel& kernel) -> Task<> {
        kernel.add(Fault::hold(1h).on(Opcode::receive));
        auto ends = net::stream_pair();
        co_await ends.first.write_all(std::string_view("x"));
        std::string read;
        bool cancelled = false;
        CancelScope scope;
        kernel.on_held([&] { scope.cancel(); });
        auto reading = [&]() -> Task<> {
            read = co_await ends.second.read_exactly(1);
            try {
                co_await yield_now();
            } catch (const Cancelled&) {
                cancelled = true;
                throw;
            }
        };
        co_await within(scope, reading());
        CHECK(read == "x");
        CHECK(cancelled);
    });
}
