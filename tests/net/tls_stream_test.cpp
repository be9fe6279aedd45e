#include "net/tls_stream.hpp"

#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>

#include "net/both_kernels.hpp"
#include "net/tls_pair.hpp"
#include "support/stream_decorator.hpp"

#include <array>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<ByteStream> byte_at_a_time(std::unique_ptr<ByteStream> below) {
    return std::make_unique<ByteAtATime>(std::move(below));
}

Task<> give_back(ByteStream& stream) {
    std::string all = co_await read_to_end(stream, 1000);
    co_await write_and_end(stream, all);
}

// Resumes when nothing is left to be done in this turn and those that follow from it.
Task<> settle_down() {
    for (int i = 0; i < 20; ++i) co_await yield_now();
}

} // namespace

TEST_SUITE("tls stream") {
    TEST_CASE("what one side writes the other reads, whatever the sizes of both") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            for (std::size_t size : {1u, 16'383u, 16'384u, 16'385u, 65'536u, 65'537u, 300'000u}) {
                std::string text = pattern(size);
                for (std::size_t room : {100u, 16'384u, 262'144u}) {
                    CAPTURE(size);
                    CAPTURE(room);
                    TlsPair pair = co_await tls_pair(plan);
                    auto reading = read_to_end(*pair.server, room);
                    auto writing = write_and_end(*pair.client, text);
                    auto [read, written] = co_await gather(std::move(reading), std::move(writing));
                    CHECK(read == text);
                }
                TlsPair pair = co_await tls_pair(plan);
                auto reading = receive_to_end(*pair.client);
                auto writing = write_and_end(*pair.server, text);
                auto [read, written] = co_await gather(std::move(reading), std::move(writing));
                CHECK(read == text);
            }
        });
    }

    TEST_CASE("both directions carry at the same time") {
        on_both_kernels([]() -> Task<> {
            std::string text = pattern(1'000'000);
            TlsPairPlan plan;
            TlsPair pair = co_await tls_pair(plan);
            auto there = read_to_end(*pair.server, 5000);
            auto back = receive_to_end(*pair.client);
            auto write_there = write_and_end(*pair.client, text);
            auto write_back = write_and_end(*pair.server, text);
            auto [read_there, read_back, done_there, done_back] =
                co_await gather(std::move(there), std::move(back), std::move(write_there), std::move(write_back));
            CHECK(read_there == text);
            CHECK(read_back == text);
        });
    }

    TEST_CASE("a transport that delivers one byte at a time carries the handshake and all that follows") {
        on_both_kernels([]() -> Task<> {
            for (TlsVersion version : {TlsVersion::tls_1_2, TlsVersion::tls_1_3}) {
                TlsPairPlan plan;
                plan.below_client = byte_at_a_time;
                plan.below_server = byte_at_a_time;
                TlsSettings server = server_settings();
                server.minimum_version = version;
                plan.server = TlsContext::make(server);
                TlsPair pair = co_await tls_pair(plan);
                std::string text = pattern(20'000);
                auto server_side = give_back(*pair.server);
                auto writing = write_and_end(*pair.client, text);
                auto reading = receive_to_end(*pair.client);
                auto [served, written, read] =
                    co_await gather(std::move(server_side), std::move(writing), std::move(reading));
                CHECK(read == text);
            }
        });
    }

    TEST_CASE("after shutdown the other side reads to the end, and can still answer") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            TlsPair pair = co_await tls_pair(plan);
            co_await write_and_end(*pair.client, "question");
            co_await pair.client->shutdown(); // which does nothing
            CHECK(co_await read_to_end(*pair.server, 100) == "question");
            CHECK(co_await read_to_end(*pair.server, 100) == "");
            co_await write_and_end(*pair.server, "answer");
            CHECK(co_await receive_to_end(*pair.client) == "answer");
            auto late = pair.client->write_all(bytes_of("more"));
            CHECK(co_await fault_of<IoError>(std::move(late)) == "write to localhost failed: Broken pipe");
        });
    }

    TEST_CASE("an end, or new keys, that came together with what is read exactly are seen with the next read") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            TlsPair pair = co_await tls_pair(plan);
            for (std::size_t room : {5u, 33'000u}) {
                const std::string text = pattern(room);
                CHECK(pair.server_engine().update_keys() == TlsEngine::Outcome::done);
                co_await pair.server->write_all(bytes_of(text));
                CHECK(pair.server_engine().update_keys() == TlsEngine::Outcome::done);
                co_await pair.server->write_all(bytes_of("more"));
                co_await settle_down();
                CHECK(co_await read_some_text(*pair.client, room) == text);
                CHECK(co_await read_some_text(*pair.client, room) == "more");
            }
            co_await pair.server->write_all(bytes_of("the last"));
            co_await pair.server->shutdown();
            co_await settle_down();
            CHECK(co_await read_some_text(*pair.client, 8) == "the last");
            CHECK(co_await read_some_text(*pair.client, 8) == "");
            CHECK(co_await read_some_text(*pair.client, 33'000) == "");
        });
    }

    TEST_CASE("a connection that ends without the end of TLS is an error, after what came before") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            for (std::size_t room : {100u, 33'000u, 0u}) {
                TlsPair pair = co_await tls_pair(plan);
                co_await pair.server->write_all(bytes_of("half"));
                pair.server.reset();
                CHECK(co_await read_some_text(*pair.client, 100) == "half");
                for (int again = 0; again < 2; ++again) {
                    auto rest = room == 0 ? receive_to_end(*pair.client) : read_to_end(*pair.client, room);
                    CHECK(co_await fault_of<TlsError>(std::move(rest)) ==
                          "read from localhost failed: the peer closed the connection without ending TLS");
                }
            }
        });
    }

    TEST_CASE("a record that was changed on its way is refused, and its sender is told") {
        on_both_kernels([]() -> Task<> {
            bool meddles = false;
            TlsPairPlan plan;
            plan.below_server = [&](std::unique_ptr<ByteStream> below) -> std::unique_ptr<ByteStream> {
                auto meddle = [&](std::span<std::byte> bytes) {
                    if (meddles && bytes.size() > 6) bytes[6] ^= std::byte{1};
                };
                return std::make_unique<Meddler>(std::move(below), meddle);
            };
            TlsPair pair = co_await tls_pair(plan);
            meddles = true;
            co_await pair.client->write_all(bytes_of("hello"));
            auto reading = read_some_text(*pair.server, 100);
            std::string fault = co_await fault_of<TlsError>(std::move(reading));
            CHECK(fault == "read from unix:(unnamed) failed: decryption failed or bad record mac");
            auto again = receive_to_end(*pair.server);
            CHECK(co_await fault_of<TlsError>(std::move(again)) == fault);
            auto writing = pair.server->write_all(bytes_of("hello"));
            CHECK(co_await fault_of<TlsError>(std::move(writing)) ==
                  "write to unix:(unnamed) failed: decryption failed or bad record mac");
            auto telling = read_some_text(*pair.client, 100);
            CHECK(co_await fault_of<TlsError>(std::move(telling)) ==
                  "read from localhost failed: the peer refused: bad record mac");
        });
    }

    TEST_CASE("keys can be updated from either side in the middle of reading and writing") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            TlsPair pair = co_await tls_pair(plan);
            for (int round = 0; round < 3; ++round) {
                TlsEngine& engine = round == 1 ? pair.client_engine() : pair.server_engine();
                CHECK(engine.update_keys() == TlsEngine::Outcome::done);
                co_await pair.server->write_all(bytes_of("to client"));
                CHECK(co_await read_some_text(*pair.client, 100) == "to client");
                co_await pair.client->write_all(bytes_of("to server"));
                CHECK(co_await read_some_text(*pair.server, 100) == "to server");
            }
        });
    }

    TEST_CASE("a peer may ask for new keys again and again, but not without reading what it is told") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            TlsPair pair = co_await tls_pair(plan);
            auto ask = [&](int times) {
                for (int i = 0; i < times; ++i)
                    REQUIRE(pair.client_engine().update_keys() != TlsEngine::Outcome::failed);
                pair.client->write_soon(".");
            };
            auto read = [&](ByteStream& stream) -> Task<std::string> {
                std::array<std::byte, 16> room;
                std::size_t count = co_await stream.read_some(room);
                co_return std::string(reinterpret_cast<const char*>(room.data()), count);
            };
            // One that reads.
            for (int i = 0; i < 30; ++i) {
                ask(200);
                std::string text = co_await read(*pair.server);
                CHECK(text == ".");
                pair.server->write_soon("!");
                text = co_await read(*pair.client);
                CHECK(text == "!");
            }
            // One that does not, beyond what the connection's buffers hold.
            std::string fault;
            for (int i = 0; i < 1000 && fault.empty(); ++i) {
                ask(200);
                auto outcome = co_await attempt(read(*pair.server));
                if (!outcome) fault = outcome.failure().message();
                CHECK(pair.server->queued() < 256 * 1024);
            }
            CHECK(fault.ends_with(" failed: the peer asks for new keys without end, and does not read"));
        });
    }

    TEST_CASE("bytes queued go out in order with those written, and behind a write under way") {
        on_both_kernels([]() -> Task<> {
            std::string large = pattern(500'000);
            TlsPairPlan plan;
            TlsPair pair = co_await tls_pair(plan);
            auto talk = [&]() -> Task<> {
                pair.client->write_soon("1");
                pair.client->write_soon("2");
                co_await pair.client->write_all(bytes_of("3"));
                auto writing = pair.client->write_all(bytes_of(large));
                auto queueing = [&]() -> Task<> {
                    co_await yield_now();
                    pair.client->write_soon("4");
                    pair.client->write_soon("5");
                };
                auto queued = queueing();
                co_await gather(std::move(writing), std::move(queued));
                co_await pair.client->flush();
                pair.client->write_soon("6");
                co_await pair.client->shutdown();
                pair.client->write_soon("dropped");
            };
            auto talking = talk();
            auto reading = read_to_end(*pair.server, 10'000);
            auto [talked, read] = co_await gather(std::move(talking), std::move(reading));
            CHECK(read == "123" + large + "456");
        });
    }

    TEST_CASE("a second reader and a second writer are told of the first") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            TlsPair pair = co_await tls_pair(plan);
            auto first = read_some_text(*pair.client, 10);
            auto second = fault_of<Error>(read_some_text(*pair.client, 10));
            auto writing = pair.server->write_all(bytes_of("x"));
            auto [read, fault, written] = co_await gather(std::move(first), std::move(second), std::move(writing));
            CHECK(read == "x");
            CHECK(fault.starts_with("a second read from localhost at "));
        });
    }

    TEST_CASE("aborting ends a reader") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            TlsPair pair = co_await tls_pair(plan);
            auto abort = [&]() -> Task<> {
                co_await settle_down();
                pair.client->abort();
            };
            auto reading = fault_of<IoError>(read_some_text(*pair.client, 10));
            auto aborting = abort();
            auto [fault, aborted] = co_await gather(std::move(reading), std::move(aborting));
            CHECK(fault.ends_with("Software caused connection abort"));
        });
    }

    TEST_CASE("a waiting stream, and one read in part, hold no buffer of the kernel's") {
        auto body = [](sim::World& world) -> Task<> {
            TlsPairPlan plan;
            TlsPair pair = co_await tls_pair(plan);
            co_await pair.server->write_all(bytes_of(pattern(3000)));
            co_await pair.server->write_all(bytes_of("the rest"));
            CHECK(co_await read_some_text(*pair.client, 2000) == pattern(3000).substr(0, 2000));
            CHECK(world.kernel().buffers_out() == 0);
            ReceivedBytes rest = co_await pair.client->receive();
            CHECK(rest.text() == pattern(3000).substr(2000) + "the rest");
            CHECK(world.kernel().buffers_out() == 0);
        };
        sim::run(body);
    }
}

TEST_SUITE("tls stream, idle") {
    TEST_CASE("a quiet connection is open, tickets that came meanwhile or not") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            TlsPair pair = co_await tls_pair(plan);
            co_await settle_down(); // the server's tickets arrive
            CHECK(co_await pair.client->still_open());
            CHECK(co_await pair.client->still_open());
            co_await pair.server->write_all(bytes_of("hello"));
            CHECK(co_await read_some_text(*pair.client, 100) == "hello");
            CHECK(co_await pair.client->still_open());
        });
    }

    TEST_CASE("a connection that has something to say is not idle, and keeps it") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            TlsPair pair = co_await tls_pair(plan);
            co_await pair.server->write_all(bytes_of("hello"));
            co_await settle_down();
            CHECK_FALSE(co_await pair.client->still_open());
            CHECK(co_await read_some_text(*pair.client, 3) == "hel");
            CHECK_FALSE(co_await pair.client->still_open());
            CHECK_FALSE(pair.client->quiet());
            ReceivedBytes rest = co_await pair.client->receive();
            CHECK(rest.text() == "lo");
        });
    }

    TEST_CASE("a connection that the peer ended, or cut, is not open") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            TlsPair ended = co_await tls_pair(plan);
            co_await ended.server->shutdown();
            co_await settle_down();
            CHECK_FALSE(co_await ended.client->still_open());
            CHECK(co_await read_to_end(*ended.client, 10) == "");
            TlsPair cut = co_await tls_pair(plan);
            cut.server.reset();
            co_await settle_down();
            CHECK_FALSE(co_await cut.client->still_open());
            TlsPair aborted = co_await tls_pair(plan);
            aborted.client->abort();
            CHECK_FALSE(co_await aborted.client->still_open());
        });
    }
}
