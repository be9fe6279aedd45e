// Reading from TLS allocates nothing once warm (law 6). The memory of OpenSSL comes from malloc, and is not counted.

#include "allocations/allocations.hpp"

#include <corduroy/async/run.hpp>
#include <corduroy/base/frame_pool.hpp>

#include "net/tls_pair.hpp"

#include <array>

using namespace corduroy;
using namespace corduroy::testing;

TEST_SUITE("allocations, tls" * doctest::skip(!frames_are_pooled)) {
    TEST_CASE("reading much at a time allocates nothing") {
        auto body = []() -> Task<> {
            TlsPairPlan plan;
            TlsPair pair = co_await tls_pair(plan);
            const std::string text = pattern(3000);
            auto room = std::make_unique<std::array<std::byte, 64 * 1024>>();
            auto carry = [&]() -> Task<> {
                co_await pair.server->write_all(bytes_of(text));
                CHECK(co_await pair.client->read_some(*room) == text.size());
            };
            for (int i = 0; i < 10; ++i) co_await carry();
            std::size_t before = allocations_so_far();
            for (int i = 0; i < 100; ++i) co_await carry();
            CHECK(allocations_so_far() - before == 0);
        };
        run(body());
    }
}
