// Names by getaddrinfo in threads, as a build without c-ares has them looked up: see also resolver_test.cpp.

#include <corduroy/corduroy.hpp>
#include <corduroy/testing.hpp>

#include "net/name_backend.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using namespace corduroy;

TEST_SUITE("names by threads") {
    TEST_CASE("look-ups that nobody waits for are taken back where they wait for a thread, and joined where they run") {
        std::vector<std::shared_ptr<net::Lookup>> lookups;
        auto body = [&](sim::World&) -> Task<> {
            auto backend = net::make_thread_backend(Reactor::current());
            for (int i = 0; i < 12; ++i) {
                lookups.push_back(std::make_shared<net::Lookup>("localhost"));
                backend->begin(lookups.back());
            }
            backend->give_up();
            co_return; // the backend goes before the threads have ended
        };
        sim::run(body);
        for (int i = 0; i < 12; ++i) CHECK(lookups[static_cast<std::size_t>(i)]->ended() == (i < 10));
    }
}
