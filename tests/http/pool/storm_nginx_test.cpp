// The same storm against nginx, on the real ring.

#include "http/pool/storm.hpp"

#include <corduroy/async/run.hpp>
#include <corduroy/net/tls.hpp>

#include "support/certificates.hpp"
#include "support/nginx.hpp"

#include <doctest/doctest.h>

using namespace corduroy;
using namespace corduroy::testing;
using namespace std::chrono_literals;
using Way = StormRequest::Way;

TEST_CASE("of ten thousand requests to nginx, many cancelled and many broken, each gives its place back") {
    if (!Nginx::installed()) {
        MESSAGE("not run: there is no nginx");
        return;
    }
    std::string certificate;
    std::string key;
    if (net::tls_available()) {
        certificate = Certificates::shared().certificate("good");
        key = Certificates::shared().key("good");
    }
    Nginx nginx(R"(
        location = /redirect { return 302 /small; }
        location = /reset { return 444; }
        location = /slow { try_files /large =404; limit_rate 20m; limit_rate_after 100k; }
        location = /close { keepalive_timeout 0; try_files /small =404; }
        location = /post { client_max_body_size 1m; return 200 "thanks"; })",
                certificate, key);
    nginx.put_file("small", std::string(1'000, 'x'));
    nginx.put_file("large", std::string(400'000, 'x'));
    nginx.start();

    std::vector<StormRequest> requests;
    std::vector<std::string> bases{nginx.http(), nginx.http()};
    if (net::tls_available()) bases.push_back(nginx.https());
    for (const std::string& base : bases) {
        requests.push_back({base + "/small", Way::whole, 8});
        requests.push_back({base + "/small", Way::dropped_at_head, 2});
        requests.push_back({base + "/large", Way::whole, 2});
        requests.push_back({base + "/large", Way::streamed, 1});
        requests.push_back({base + "/large", Way::dropped_after_piece, 1});
        requests.push_back({base + "/slow", Way::whole, 1});
        requests.push_back({base + "/slow", Way::dropped_at_head, 1});
        requests.push_back({base + "/redirect", Way::whole, 1});
        requests.push_back({base + "/close", Way::whole, 1});
        requests.push_back({base + "/post", Way::posted, 1});
        requests.push_back({base + "/reset", Way::whole, 2});
    }
    run([&]() -> Task<> {
        http::ClientSettings settings;
        settings.connections = 16;
        settings.connections_per_origin = 12;
        settings.idle_connections = 12;
        settings.tls.ca_file = net::tls_available() ? Certificates::shared().authority() : std::string();
        http::Client client(settings);
        Storm storm(client, requests, 1);
        auto storming = storm.run(10'000, 64);
        co_await timeout(120s, std::move(storming));
        MESSAGE(storm.succeeded << " succeeded, " << storm.cancelled << " cancelled, " << storm.failed << " failed");
        CHECK(storm.succeeded + storm.cancelled + storm.failed == 10'000);
        CHECK(storm.cancelled > 2'000);
        CHECK(storm.failed > 200);
        // One host has no more than its own limit; https is a second one.
        CHECK(storm.most_open == (net::tls_available() ? 16 : 12));
        CHECK(client.connections() == client.idle_connections());
        auto places = [&](std::string base, std::size_t count) -> Task<> {
            std::vector<http::Response> held;
            for (std::size_t i = 0; i < count; ++i) {
                auto request = client.get(base + "/large").streamed();
                held.push_back(co_await timeout(20s, std::move(request)));
            }
            CHECK(client.connections() - client.idle_connections() == count);
        };
        co_await places(nginx.http(), 12);
        if (net::tls_available()) co_await places(nginx.https(), 12);
    }());
}
