// A client behind tinyproxy and microsocks gets what curl gets, and where it gets nothing curl gets nothing either.

#include <corduroy/http/client.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/net/tls.hpp>

#include "support/certificates.hpp"
#include "support/command.hpp"
#include "support/nginx.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

using namespace corduroy;
using namespace corduroy::testing;

namespace {

// The proxies, each with a user and a password.
class Proxies {
public:
    Proxies() : http_port_(free_port()), socks_port_(free_port()) {
        std::string file = Certificates::shared().file("tinyproxy.conf");
        std::ofstream(file) << "Port " << http_port_ << "\nListen 127.0.0.1\nTimeout 60\nLogLevel Error\n"
                            << "LogFile \"/dev/null\"\nBasicAuth user pass\n";
        http_ = std::make_unique<ChildProcess>(std::vector<std::string>{"tinyproxy", "-d", "-c", file});
        socks_ = std::make_unique<ChildProcess>(std::vector<std::string>{
            "microsocks", "-i", "127.0.0.1", "-p", std::to_string(socks_port_), "-u", "user", "-P", "pass"});
        wait_for_listener(http_port_, "tinyproxy");
        wait_for_listener(socks_port_, "microsocks");
    }

    std::string http(const std::string& credentials) const {
        return "http://" + credentials + "127.0.0.1:" + std::to_string(http_port_);
    }
    std::string socks(const std::string& scheme, const std::string& credentials) const {
        return scheme + "://" + credentials + "127.0.0.1:" + std::to_string(socks_port_);
    }

private:
    std::uint16_t http_port_;
    std::uint16_t socks_port_;
    std::unique_ptr<ChildProcess> http_;
    std::unique_ptr<ChildProcess> socks_;
};

} // namespace

TEST_CASE("through tinyproxy and microsocks a client gets what curl gets, over http and https") {
    bool there = Nginx::installed() && is_installed("curl") && is_installed("tinyproxy") && is_installed("microsocks");
    if (!there || !net::tls_available()) {
        MESSAGE("not run: it takes nginx, curl, tinyproxy and microsocks, and a build with TLS");
        return;
    }
    const Certificates& files = Certificates::shared();
    Nginx nginx(
        "location = /who { return 200 \"$request_method $request_uri <$http_proxy_authorization> <$http_host>\"; }",
        files.certificate("good"), files.key("good"));
    nginx.put_file("large", std::string(1'000'000, 'x') + "end");
    nginx.start();
    Proxies proxies;
    // curl makes up the addresses of localhost by itself, 8.14 with ::1 first, and has a SOCKS proxy try the first
    // alone. nginx listens on 127.0.0.1, which is what the system's files say of localhost and what we go by.
    std::string origin_of_https = nginx.https();
    std::string localhost = "localhost" + origin_of_https.substr(origin_of_https.rfind(':')) + ":127.0.0.1";
    std::vector<std::string> ways{proxies.http("user:pass@"),
                                  proxies.socks("socks5", "user:pass@"),
                                  proxies.socks("socks5h", "user:pass@"),
                                  proxies.http("user:wrong@"),
                                  proxies.http(""),
                                  proxies.socks("socks5h", "user:wrong@"),
                                  proxies.socks("socks5h", "")};
    run([&]() -> Task<> {
        http::ClientSettings settings;
        settings.tls.ca_file = files.authority();
        http::Client client(settings);
        for (const std::string& way : ways) {
            for (const std::string& origin : {nginx.http(), nginx.https()}) {
                for (std::string path : {"/who", "/large", "/missing"}) {
                    std::string url = origin + path;
                    CAPTURE(way);
                    CAPTURE(url);
                    std::string body;
                    std::string status = "000";
                    auto outcome = co_await attempt(client.get(url).proxy(way));
                    if (outcome) {
                        body = outcome->text();
                        status = std::to_string(outcome->status());
                    } else {
                        CAPTURE(outcome.failure().message());
                        CHECK(outcome.failure().check<http::ProxyError>());
                    }
                    std::vector<std::string> command{"curl", "-s",           "--noproxy", "",         "-x",
                                                     way,    "--resolve",    localhost,   "--cacert", files.authority(),
                                                     "-w",   "%{http_code}", url};
                    std::string curl = co_await output_of(command);
                    CHECK(curl == body + status);
                }
            }
        }
    }());
}
