// Who is at the other end, beyond the usual: certificates of clients, keys with passwords, keys that are pinned.

#include <corduroy/net/tls.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/reactor/reactor.hpp>

#include "net/both_kernels.hpp"
#include "net/tls_pair.hpp"
#include "support/tls_server.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;

namespace {

// A line there and back; a server that wants a certificate says so only where the client reads.
Task<std::string> greet(std::uint16_t port, std::shared_ptr<const TlsContext> context) {
    Stream below = co_await connect("127.0.0.1", port);
    Stream stream(co_await start_tls_client(std::move(below).into_bytes(), context, "localhost"));
    co_await stream.write_all("hello\n");
    auto line = co_await stream.read_line();
    co_return line.value_or("(end)");
}

// What curl's --pinnedpubkey wants to have of a certificate, as its manual computes it.
std::string pin_of(const std::string& certificate) {
    std::string file = Certificates::shared().file(certificate + ".pin");
    std::string command = "openssl x509 -in " + Certificates::shared().certificate(certificate) +
                          " -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | "
                          "openssl enc -base64 >" +
                          file;
    REQUIRE(std::system(command.c_str()) == 0);
    std::ifstream in(file);
    std::string pin;
    std::getline(in, pin);
    return "sha256//" + pin;
}

using Setting = std::string TlsSettings::*;

// What is wrong with a client's settings where this one is so.
TlsError::About about_of(Setting setting, const std::string& value) {
    TlsSettings settings = client_settings();
    settings.*setting = value;
    try {
        TlsContext::make(settings);
    } catch (const TlsError& error) {
        return error.about();
    }
    return TlsError::About::protocol;
}

} // namespace

TEST_SUITE("the certificate of a client") {
    TEST_CASE("is shown to a server that wants one, which refuses who has none") {
        const Certificates& files = Certificates::shared();
        for (const char* version : {"-tls1_2", "-tls1_3"}) {
            CAPTURE(version);
            TlsServer server("good",
                             {"-rev", version, "-Verify", "2", "-verify_return_error", "-CAfile", files.authority()});
            run_on_ring([&]() -> Task<> {
                TlsSettings settings = client_settings();
                settings.certificate_file = files.certificate("other");
                settings.key_file = files.key("other");
                auto known = greet(server.port(), TlsContext::make(settings));
                CHECK(co_await std::move(known) == "olleh");
                auto nobody = greet(server.port(), TlsContext::make(client_settings()));
                std::string said = co_await fault_of<TlsError>(std::move(nobody));
                CHECK(said.find("the peer refused: ") != std::string::npos);
                CHECK((std::string_view(version) == "-tls1_2" || said.ends_with("it wants a certificate")));
            });
        }
    }

    TEST_CASE("may have an encrypted key, whose password is given or asked for") {
        const Certificates& files = Certificates::shared();
        TlsSettings settings = client_settings();
        settings.certificate_file = files.certificate("good");
        settings.key_file = files.file("locked.key");
        settings.key_password = "secret";
        CHECK(TlsContext::make(settings) != nullptr);

        std::string refused = "read the key file " + settings.key_file + " failed: it is encrypted, and ";
        settings.key_password = "wrong";
        CHECK_THROWS_WITH_AS(TlsContext::make(settings), (refused + "the password given does not fit").c_str(),
                             TlsError);
        settings.key_password = "";
        CHECK_THROWS_WITH_AS(TlsContext::make(settings), (refused + "there is no password").c_str(), TlsError);

        std::string asked;
        settings.ask_key_password = [&](const std::string& file) {
            asked = file;
            return std::string("secret");
        };
        CHECK(TlsContext::make(settings) != nullptr);
        CHECK(asked == settings.key_file);
        settings.ask_key_password = [](const std::string&) -> std::string { throw std::runtime_error("no terminal"); };
        CHECK_THROWS_WITH_AS(TlsContext::make(settings), "no terminal", std::runtime_error);
    }
}

TEST_SUITE("settings of TLS that cannot be used") {
    TEST_CASE("say by type which of them it is") {
        using About = TlsError::About;
        CHECK(about_of(&TlsSettings::ca_file, "/nowhere") == About::roots);
        CHECK(about_of(&TlsSettings::certificate_file, "/nowhere") == About::own_certificate);
        CHECK(about_of(&TlsSettings::revocation_file, "/nowhere") == About::revocations);
        CHECK(about_of(&TlsSettings::revocation_file, Certificates::shared().authority()) == About::revocations);
        CHECK(about_of(&TlsSettings::ciphers, "nonsense") == About::ciphers);
        CHECK(about_of(&TlsSettings::ciphers_1_3, "nonsense") == About::ciphers);
        CHECK(about_of(&TlsSettings::groups, "nonsense") == About::ciphers);
    }
}

TEST_SUITE("pinned keys") {
    TEST_CASE("have the server's among them, or the handshake fails and tells the server's") {
        std::string right = pin_of("good");
        std::string wrong = pin_of("other");
        TlsServer server("good", {"-rev"});
        struct Row {
            std::string pins;
            bool taken;
        };
        for (const Row& row : std::vector<Row>{{right, true}, {wrong, false}, {wrong + ";" + right, true}}) {
            for (bool verifies : {true, false}) {
                CAPTURE(row.pins);
                CAPTURE(verifies);
                run_on_ring([&]() -> Task<> {
                    TlsSettings settings = client_settings();
                    settings.pinned_keys = row.pins;
                    settings.insecure_accept_any_certificate = !verifies;
                    auto context = TlsContext::make(settings);
                    if (row.taken) {
                        for (int round = 0; round < 2; ++round) { // the second with the session of the first
                            auto greeting = greet(server.port(), context);
                            CHECK(co_await std::move(greeting) == "olleh");
                        }
                    } else {
                        auto refused = greet(server.port(), context);
                        CHECK(co_await fault_of<TlsError>(std::move(refused)) ==
                              "TLS handshake with localhost failed: the server's public key is none of those that are "
                              "pinned: it is " +
                                  right);
                    }
                });
            }
        }
    }

    TEST_CASE("that are mistyped are refused at once") {
        CHECK(about_of(&TlsSettings::pinned_keys, "sha256//") == TlsError::About::pinned_key);
        for (std::string pins : {"sha256//", "sha256//AAAA", "md5//AAAA", "/etc/pin.pem",
                                 "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA*="}) {
            CAPTURE(pins);
            TlsSettings settings = client_settings();
            settings.pinned_keys = pins;
            CHECK_THROWS_AS(TlsContext::make(settings), TlsError);
        }
    }
}

TEST_CASE("a context that accepts any certificate is made, and a warning of it is logged") {
    run_on_ring([]() -> Task<> {
        std::string told;
        Reactor::current().on_log(LogLevel::warning, [&](const LogRecord& record) { told = record.text; });
        TlsSettings settings;
        TlsContext::make(settings);
        CHECK(told.empty());
        settings.insecure_accept_any_certificate = true;
        TlsContext::make(settings);
        CHECK(told.starts_with("TLS without verification"));
        Reactor::current().on_log(LogLevel::warning, nullptr);
        co_return;
    });
}
