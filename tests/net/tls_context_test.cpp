#include <corduroy/net/tls_context.hpp>

#include <corduroy/base/error.hpp>

#include "support/certificates.hpp"

#include <doctest/doctest.h>

#include <fstream>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;

namespace {

std::string fault(const TlsSettings& settings) {
    try {
        TlsContext::make(settings);
    } catch (const TlsError& error) {
        return error.what();
    }
    return "none";
}

} // namespace

TEST_SUITE("tls context") {
    TEST_CASE("the defaults verify, and speak TLS 1.2 and HTTP/1.1") {
        auto context = TlsContext::make({});
        CHECK(!context->settings().insecure_accept_any_certificate);
        CHECK(context->settings().minimum_version == TlsVersion::tls_1_2);
        CHECK(context->settings().alpn == std::vector<std::string>{"http/1.1"});
    }

    TEST_CASE("a CA file that is of no use is named, with the cause") {
        const Certificates& files = Certificates::shared();
        std::ofstream(files.file("empty"));
        std::ofstream(files.file("garbage")) << "this is no certificate\n";
        std::ofstream(files.file("broken"))
            << "-----BEGIN CERTIFICATE-----\nTm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
        auto ca_fault = [&](const std::string& file) {
            TlsSettings settings;
            settings.ca_file = file;
            return fault(settings);
        };
        CHECK(ca_fault("/nowhere/x.pem") == "read the CA file /nowhere/x.pem failed: No such file or directory");
        CHECK(ca_fault(files.folder()) == "read the CA file " + files.folder() + " failed: Is a directory");
        for (std::string file : {files.file("empty"), files.file("garbage"), files.key("good")})
            CHECK(ca_fault(file) == "read the CA file " + file + " failed: it holds no certificate in PEM form");
        CHECK(ca_fault(files.file("broken")).starts_with("read the CA file " + files.file("broken") + " failed: "));
        CHECK(ca_fault(files.authority()) == "none");
    }

    TEST_CASE("a certificate and its key are read together, and what is wrong with them is told") {
        const Certificates& files = Certificates::shared();
        auto pair_fault = [&](const std::string& certificate, const std::string& key) {
            TlsSettings settings;
            settings.insecure_accept_any_certificate = true;
            settings.certificate_file = certificate;
            settings.key_file = key;
            return fault(settings);
        };
        std::string good = files.certificate("good");
        CHECK(pair_fault(good, files.key("good")) == "none");
        CHECK(pair_fault("/nowhere/x.pem", files.key("good")) ==
              "read the certificate file /nowhere/x.pem failed: No such file or directory");
        CHECK(pair_fault(files.key("good"), files.key("good")) ==
              "read the certificate file " + files.key("good") + " failed: it holds no certificate in PEM form");
        CHECK(pair_fault(good, "/nowhere/x.key") ==
              "read the key file /nowhere/x.key failed: No such file or directory");
        CHECK(pair_fault(good, good) == "read the key file " + good + " failed: it holds no private key in PEM form");
        CHECK(pair_fault(good, "") == "read the key file " + good + " failed: it holds no private key in PEM form");
        CHECK(pair_fault(good, files.key("other")) ==
              "read the key file " + files.key("other") + " failed: it is not the key of the certificate in " + good);
        CHECK(pair_fault(good, files.key("rsa")) ==
              "read the key file " + files.key("rsa") + " failed: it is not the key of the certificate in " + good);
        CHECK(pair_fault(good, files.key("locked")) ==
              "read the key file " + files.key("locked") + " failed: it is encrypted, and there is no password");
    }

    TEST_CASE("the name of a protocol has 1 to 255 bytes") {
        TlsSettings settings;
        settings.alpn = {std::string(255, 'a')};
        CHECK(fault(settings) == "none");
        settings.alpn = {std::string(256, 'a')};
        CHECK(fault(settings).ends_with("does not have 1 to 255 bytes"));
        settings.alpn = {"h2", ""};
        CHECK(fault(settings) == "the ALPN protocol \"\" does not have 1 to 255 bytes");
        settings.alpn = {};
        CHECK(fault(settings) == "none");
    }
}
