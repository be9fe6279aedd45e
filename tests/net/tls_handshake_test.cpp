#include <corduroy/net/tls.hpp>

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/net/listener.hpp>

#include "net/both_kernels.hpp"
#include "net/tls_context_impl.hpp"
#include "net/tls_pair.hpp"

#include <fstream>
#include <sstream>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;

namespace {

// What a client says of a server with the certificate; "none" where it is content.
Task<std::string> client_fault(TlsPairPlan plan, std::string certificate) {
    plan.server = TlsContext::make(server_settings(certificate));
    TlsOutcome outcome = co_await try_tls_pair(plan);
    if (outcome.client) co_return "none";
    const auto* error = outcome.client.failure().as<TlsError>();
    REQUIRE(error != nullptr);
    std::string message = outcome.client.failure().message();
    bool has_name = message.find("none is given") == std::string::npos;
    CHECK((error->about() == TlsError::About::peer_certificate) == has_name);
    co_return message;
}

// What takes the place of the system's roots.
struct SystemRoots {
    explicit SystemRoots(const std::string& file) { ::setenv("SSL_CERT_FILE", file.c_str(), 1); }
    SystemRoots(const SystemRoots&) = delete;
    SystemRoots& operator=(const SystemRoots&) = delete;
    ~SystemRoots() { ::unsetenv("SSL_CERT_FILE"); }
};

struct Case {
    const char* certificate;
    const char* host;
    const char* fault; // null: none
};

const Case cases[] = {
    {"good", "localhost", nullptr},
    {"good", "LOCALHOST", nullptr},
    {"good", "localhost.", nullptr},
    {"good", "shop.good.test", nullptr},
    {"good", "127.0.0.1", nullptr},
    {"good", "::1", nullptr},
    {"nameless", "nameless.test", nullptr},
    {"chained", "localhost", nullptr},
    {"rsa", "localhost", nullptr},
    {"good", "good.test",
     "the certificate is not valid for this name (it is for localhost, *.good.test, 127.0.0.1, ::1)"},
    {"good", "a.b.good.test",
     "the certificate is not valid for this name (it is for localhost, *.good.test, 127.0.0.1, ::1)"},
    {"other", "localhost", "the certificate is not valid for this name (it is for other.test, www.other.test)"},
    {"other", "127.0.0.1", "the certificate is not valid for this address (it is for other.test, www.other.test)"},
    {"good", "127.0.0.2",
     "the certificate is not valid for this address (it is for localhost, *.good.test, 127.0.0.1, ::1)"},
    {"nameless", "localhost", "the certificate is not valid for this name (it is for nameless.test)"},
    {"many", "localhost",
     "the certificate is not valid for this name (it is for n1.test, n2.test, n3.test, n4.test and 5 more)"},
    {"expired", "localhost", "the certificate expired on 2024-01-02"},
    {"early", "localhost", "the certificate is not valid before 2090-05-06"},
    {"self-signed", "localhost", "self-signed certificate"},
    {"other-ca", "localhost", "self-signed certificate"},
};

} // namespace

TEST_SUITE("tls handshake") {
    TEST_CASE("a client accepts a certificate that is valid for the name, and says what is wrong with any other") {
        on_both_kernels([]() -> Task<> {
            for (const Case& one : cases) {
                TlsPairPlan plan;
                plan.host = one.host;
                std::string expected = "none";
                if (one.fault != nullptr) expected = "TLS handshake with " + plan.host + " failed: " + one.fault;
                CHECK(co_await client_fault(plan, one.certificate) == expected);
            }
        });
    }

    TEST_CASE("a client that does not verify accepts them all") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            TlsSettings settings;
            settings.insecure_accept_any_certificate = true;
            plan.client = TlsContext::make(settings);
            for (const Case& one : cases) CHECK(co_await client_fault(plan, one.certificate) == "none");
        });
    }

    TEST_CASE("an authority that is not trusted is not, unless it is named; a named certificate is trusted itself") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            std::string unknown = "TLS handshake with localhost failed: unable to get local issuer certificate";
            TlsSettings settings;
            plan.client = TlsContext::make(settings); // the system's
            CHECK(co_await client_fault(plan, "good") == unknown);
            settings.ca_file = Certificates::shared().certificate("other-ca");
            plan.client = TlsContext::make(settings);
            CHECK(co_await client_fault(plan, "good") == unknown);
            settings.ca_file = Certificates::shared().certificate("good");
            plan.client = TlsContext::make(settings);
            CHECK(co_await client_fault(plan, "good") == "none");
            settings.ca_file = Certificates::shared().certificate("self-signed");
            plan.client = TlsContext::make(settings);
            CHECK(co_await client_fault(plan, "self-signed") == "none");
        });
    }

    TEST_CASE("in a simulation the seed decides all that is random in it, down to the bytes on the wire") {
        auto hash_of = [](std::uint64_t seed) {
            auto body = [](sim::World& world) -> Task<std::uint64_t> {
                TlsPairPlan plan;
                TlsPair pair = co_await tls_pair(plan);
                co_await pair.server->write_all(bytes_of("hello")); // behind the tickets
                ReceivedBytes hello = co_await pair.client->receive();
                CHECK(hello.text() == "hello");
                co_return world.log_hash(); // which holds what the bytes were
            };
            sim::SimOptions options;
            options.seed = seed;
            return sim::run(body, options);
        };
        std::uint64_t first = hash_of(1);
        CHECK(hash_of(1) == first);
        CHECK(hash_of(2) != first);
    }

    TEST_CASE("the calendar that counts is the kernel's") {
        auto body = [](sim::World& world) -> Task<> {
            CHECK(world.kernel().wall_clock() == sim::SimKernel::wall_start);
            TlsPairPlan plan;
            CHECK(co_await client_fault(plan, "expired") ==
                  "TLS handshake with localhost failed: the certificate expired on 2024-01-02");
        };
        sim::run(body);
    }

    TEST_CASE("another name can be asked for than the host's") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            TlsSettings settings = client_settings();
            settings.server_name = "other.test";
            plan.client = TlsContext::make(settings);
            CHECK(co_await client_fault(plan, "other") == "none");
            CHECK(co_await client_fault(plan, "good") ==
                  "TLS handshake with localhost failed: the certificate is not valid for this name (it is for "
                  "localhost, *.good.test, 127.0.0.1, ::1)");
            plan.client = TlsContext::make(client_settings());
            plan.host = "";
            CHECK(co_await client_fault(plan, "good") ==
                  "a TLS server can be verified only for a name or an address, and none is given");
        });
    }

    TEST_CASE("the server is told why the client refuses it") {
        on_both_kernels([]() -> Task<> {
            for (TlsVersion version : {TlsVersion::tls_1_2, TlsVersion::tls_1_3}) {
                TlsPairPlan plan;
                TlsSettings server = server_settings("self-signed");
                server.minimum_version = version;
                plan.server = TlsContext::make(server);
                TlsOutcome outcome = co_await try_tls_pair(plan);
                CHECK(outcome.client.failure().message() ==
                      "TLS handshake with localhost failed: self-signed certificate");
                CHECK(outcome.server.failure().message() ==
                      "TLS handshake with unix:(unnamed) failed: the peer refused: unknown CA");
            }
        });
    }

    TEST_CASE("both sides agree on the newest version that both accept, and on a protocol") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            TlsSettings client = client_settings();
            TlsSettings server = server_settings();
            TlsPair pair = co_await tls_pair(plan);
            CHECK(pair.client_engine().version() == "TLSv1.3");
            CHECK(pair.client_engine().alpn() == "http/1.1");
            CHECK(pair.server_engine().alpn() == "http/1.1");
            client.alpn = {"a", "b", "c"};
            server.alpn = {"c", "b"};
            plan.client = TlsContext::make(client);
            plan.server = TlsContext::make(server);
            pair = co_await tls_pair(plan);
            CHECK(pair.client_engine().alpn() == "c"); // the server chooses
            server.alpn = {"z"};
            plan.server = TlsContext::make(server);
            pair = co_await tls_pair(plan);
            CHECK(pair.client_engine().alpn() == "");
            client.alpn = {};
            plan.client = TlsContext::make(client);
            pair = co_await tls_pair(plan);
            CHECK(pair.client_engine().alpn() == "");
        });
    }

    TEST_CASE("a session is resumed, once where TLS 1.3 wants it so, and only with the same host") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            for (int connection = 0; connection < 4; ++connection) {
                TlsPair pair = co_await tls_pair(plan);
                CHECK(pair.client_engine().resumed() == (connection > 0));
                co_await pair.server->write_all(bytes_of("x"));
                CHECK(co_await read_some_text(*pair.client, 10) == "x"); // and the tickets before it
            }
            TlsSessionCache& sessions = plan.client->impl().sessions;
            CHECK(sessions.size() > 0);
            CHECK(sessions.size() <= TlsSessionCache::per_peer);
            while (sessions.size() > 0) REQUIRE(sessions.take("localhost:0") != nullptr);
            CHECK(sessions.take("localhost:0") == nullptr);
            plan.host = "127.0.0.1";
            TlsPair pair = co_await tls_pair(plan);
            CHECK_FALSE(pair.client_engine().resumed());
        });
    }

    TEST_CASE("a server without a certificate says so") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            plan.server = plan.client;
            TlsOutcome outcome = co_await try_tls_pair(plan);
            CHECK(outcome.server.failure().message() == "a TLS server needs a certificate, and its context has none");
            CHECK(outcome.client.failure().message() ==
                  "TLS handshake with localhost failed: the peer closed the connection during the handshake");
        });
    }

    TEST_CASE("the system's roots are read when a server is first verified or when that is asked for, and kept") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            plan.client = TlsContext::make({});
            auto early = TlsContext::make({});
            {
                SystemRoots ours(Certificates::shared().authority());
                early->read_roots();
                TlsOutcome first = co_await try_tls_pair(plan);
                CHECK(first.client);
            }
            TlsOutcome second = co_await try_tls_pair(plan);
            CHECK(second.client);
            plan.client = early;
            TlsOutcome third = co_await try_tls_pair(plan);
            CHECK(third.client);

            plan.client = TlsContext::make({});
            TlsOutcome other = co_await try_tls_pair(plan);
            REQUIRE_FALSE(other.client);
            CHECK(other.client.failure().check<TlsError>());
        });
    }

    TEST_CASE("what a server shows is what its file holds, whether the system's roots have been read or not") {
        const Certificates& files = Certificates::shared();
        std::stringstream text;
        text << std::ifstream(files.certificate("chained")).rdbuf();
        const std::string end = "-----END CERTIFICATE-----\n";
        std::size_t leaf = text.str().find(end) + end.size();
        std::ofstream(files.file("leaf.pem")) << text.str().substr(0, leaf);
        std::ofstream(files.file("intermediate.pem")) << text.str().substr(leaf);
        on_both_kernels([&]() -> Task<> {
            SystemRoots intermediate(files.file("intermediate.pem"));
            TlsSettings settings;
            settings.certificate_file = files.file("leaf.pem");
            settings.key_file = files.key("chained");
            TlsPairPlan plan;
            plan.server = TlsContext::make(settings);
            for (int i = 0; i < 2; ++i) {
                TlsOutcome outcome = co_await try_tls_pair(plan);
                REQUIRE_FALSE(outcome.client);
                CHECK(outcome.client.failure().message() ==
                      "TLS handshake with localhost failed: unable to get local issuer certificate");
                plan.server->read_roots();
            }
        });
    }

    TEST_CASE("a peer that speaks something else, or nothing, is named with the cause") {
        on_both_kernels([]() -> Task<> {
            auto context = TlsContext::make(client_settings());
            struct Answer {
                const char* text;
                const char* fault;
            };
            const Answer answers[] = {
                {"HTTP/1.1 400 Bad Request\r\n\r\n", "what the peer sent is not TLS"},
                {"220 mail.test ESMTP\r\n", "what the peer sent is not TLS"},
                {"", "the peer closed the connection during the handshake"},
                {"\x16\x03", "the peer closed the connection during the handshake"},
                {"\x15\x03\x03\x00\x02\x02\x28", "the peer refused: handshake failure"},
            };
            for (const Answer& answer : answers) {
                auto [client, peer] = stream_pair();
                std::string_view text = answer.text;
                if (text.starts_with('\x15')) text = {answer.text, 7};
                auto reply = [&]() -> Task<> {
                    ReceivedBytes hello = co_await peer.receive();
                    CHECK(hello.size() > 100);
                    hello.release();
                    co_await peer.write_all(text);
                    co_await peer.shutdown();
                };
                auto replying = reply();
                auto shaking =
                    fault_of<TlsError>(start_tls_client(std::move(client).into_bytes(), context, "localhost"));
                auto [replied, fault] = co_await gather(std::move(replying), std::move(shaking));
                CHECK(fault == std::string("TLS handshake with localhost failed: ") + answer.fault);
            }
        });
    }
}
