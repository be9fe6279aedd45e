// What TLS does without memory.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/frame_pool.hpp>
#include <corduroy/reactor/reactor.hpp>

#include "net/tls_pair.hpp"
#include "sweeps/refuses_one.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <exception>
#include <new>
#include <string>

using namespace corduroy;
using namespace corduroy::testing;
using namespace std::chrono_literals;

namespace {

// Reads records in parts while one allocation fails, and again where that was told. Whether there were as many.
Task<bool> read_without(int allocation) {
    TlsPair pair = co_await tls_pair(TlsPairPlan());
    const std::string text = pattern(40'000);
    CHECK(pair.server_engine().update_keys() ==
          net::TlsEngine::Outcome::done); // so that reading has something to send, too
    co_await pair.server->write_all(bytes_of(text));
    std::string read;
    read.reserve(text.size());
    std::array<std::byte, 2000> room{};
    RefusesOne memory(allocation);
    while (read.size() < text.size()) {
        std::size_t count = 0;
        try {
            count = co_await pair.client->read_some(room);
        } catch (const std::bad_alloc&) {
        }
        read.append(reinterpret_cast<const char*>(room.data()), count);
    }
    CHECK(read == text);
    co_return memory.refused();
}

// Writes, queues something meanwhile and writes again, while one allocation fails. Where that has lost a part of what
// was begun, nothing comes behind it. Whether there were as many allocations.
Task<bool> write_without(int allocation) {
    TlsPair pair = co_await tls_pair(TlsPairPlan());
    const std::string first = pattern(200'000);
    const std::string queued(300'000, 'q');
    const std::string last(1000, 'l');
    std::string got;
    got.reserve(first.size() + queued.size() + last.size());
    bool refused = false;
    bool queues = true;
    auto queue = [&] {
        try {
            pair.client->write_soon(queued);
        } catch (const std::bad_alloc&) {
            queues = false;
        }
    };
    bool wrote[] = {true, true};
    auto write = [&]() -> Task<> {
        DelayedCall meanwhile = Reactor::current().call_later(0s, queue);
        RefusesOne memory(allocation);
        for (int i = 0; i < 2; ++i) {
            try {
                co_await pair.client->write_all(bytes_of(i == 0 ? first : last));
            } catch (const std::exception&) {
                wrote[i] = false;
            }
        }
        refused = memory.refused();
    };
    auto end = [&]() -> Task<> {
        co_await write();
        [[maybe_unused]] auto ended = co_await attempt(pair.client->shutdown());
        pair.client->abort();
    };
    auto read = [&]() -> Task<> {
        std::array<std::byte, 2000> room{};
        for (;;) {
            std::size_t count = 1;
            try {
                count = co_await pair.server->read_some(room);
                got.append(reinterpret_cast<const char*>(room.data()), count);
            } catch (const std::bad_alloc&) { // of which the next one knows nothing
            } catch (const corduroy::Error&) {
                co_return;
            }
            if (count == 0) co_return;
        }
    };
    co_await gather(end(), read());
    CAPTURE(allocation);
    std::string behind = queues ? queued : "";
    if (wrote[0] && wrote[1])
        CHECK((got == first + behind + last));
    else if (wrote[1]) // the first was not begun, and the last came before what was queued
        CHECK((got == last + behind));
    else
        CHECK((first + behind + last).starts_with(got));
    co_return refused;
}

} // namespace

TEST_CASE("no allocation that fails leaves a hole in what TLS has sent") {
    if (!sweep::memory_is_watched()) return;
    detail::FramePoolPause pause;
    int refused = 0;
    auto body = [&refused]() -> Task<> {
        while (co_await write_without(refused)) ++refused;
    };
    run(body());
    MESSAGE("allocations that failed: " << refused);
    CHECK(refused >= 5);
}

TEST_CASE("no allocation that fails loses what TLS has decrypted") {
    if (!sweep::memory_is_watched()) return;
    detail::FramePoolPause pause;
    int refused = 0;
    auto body = [&refused]() -> Task<> {
        while (co_await read_without(refused)) ++refused;
    };
    run(body());
    MESSAGE("allocations that failed: " << refused);
    CHECK(refused >= 5);
}
