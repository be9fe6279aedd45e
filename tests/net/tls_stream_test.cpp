#include "net/tls_stream.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>

#include "net/both_kernels.hpp"
#include "net/tls_pair.hpp"
#include "support/stream_decorator.hpp"

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<ByteStream> byte_at_a_time(std::unique_ptr<ByteStream> below) {
    return std::make_unique<ByteAtATime>(std::move(below));
}

Task<std::string> receive_to_end(ByteStream& stream) {
    std::string all;
    while (true) {
        ReceivedBytes received = co_await stream.receive();
        if (received.empty()) co_return all;
        all += received.text();
    }
}

Task<> echo(ByteStream& stream) {
    while (true) {
        std::string text = co_await read_some_text(stream, 1000);
        if (text.empty()) break;
        co_await stream.write_all(bytes_of(text));
    }
    co_await stream.shutdown();
}

std::string message_of(const Failure& failure) { return std::string(failure.message()); }

} // namespace

TEST_SUITE("tls stream") {
    TEST_CASE("what one side writes the other reads, whatever the sizes of both") {
        on_both_kernels([]() -> Task<> {
            for (std::size_t size : {1u, 16'383u, 16'384u, 16'385u, 65'536u, 65'537u, 300'000u}) {
                for (std::size_t room : {100u, 16'384u, 262'144u}) {
                    CAPTURE(size);
                    CAPTURE(room);
                    TlsPair pair = co_await tls_pair({});
                    std::string text = pattern(size);
                    auto there = co_await gather(read_to_end(*pair.server, room), write_task(*pair.client, text));
                }
            }
        });
    }
}
