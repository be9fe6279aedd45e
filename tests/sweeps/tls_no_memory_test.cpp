// What TLS does without memory.

#include <corduroy/async/run.hpp>
#include <corduroy/base/frame_pool.hpp>

#include "net/tls_pair.hpp"
#include "testing/sweep_watch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <new>
#include <string>

using namespace corduroy;
using namespace corduroy::testing;

namespace {

// Has the allocation fail that comes after `left` others.
class RefusesOne final : public sweep::MemoryWatch {
public:
    explicit RefusesOne(int left) noexcept : left_(left) {}

    bool refuses() noexcept override { return left_-- == 0; }
    bool freed(const void*, const void*) noexcept override { return true; }

    bool refused() const noexcept { return left_ < 0; }

private:
    int left_;
};

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

} // namespace

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
