#include "http/auth/digest.hpp"

#include "config.hpp"
#include "http/auth/challenges.hpp"
#include "support/run_test.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/testing/stub_server.hpp>

#include <doctest/doctest.h>

using namespace corduroy;
using namespace std::chrono_literals;
using corduroy::testing::StubAnswer;
using corduroy::testing::StubRequest;
using corduroy::testing::StubServer;

namespace {

http::Headers asking(std::string_view value) {
    http::Headers headers;
    headers.add("www-authenticate", value);
    return headers;
}

[[maybe_unused]] std::string parameter(const StubRequest& request, std::string_view name) {
    http::Headers headers;
    headers.add("authorization", request.headers.get("authorization").value_or("none"));
    auto parsed = http::parse_challenges(headers, "authorization");
    return parsed.empty() ? "" : parsed[0].get(name).value_or("");
}

[[maybe_unused]] AsyncGenerator<std::string> once() { co_yield "body"; }

} // namespace

TEST_CASE("challenges are told apart in one field and in several, with quotes, commas and data of other kinds") {
    http::Headers headers;
    headers.add("WWW-Authenticate", "Negotiate abc==, Basic realm=\"a, \\\"b\\\"\", , Digest realm = x ,nonce=\"n\"");
    headers.add("www-authenticate", "NTLM");
    auto all = http::parse_challenges(headers, "www-authenticate");
    REQUIRE(all.size() == 4);
    CHECK(all[0].scheme == "Negotiate");
    CHECK(all[1].scheme == "Basic");
    CHECK(all[1].get("REALM") == "a, \"b\"");
    CHECK(all[2].get("realm") == "x");
    CHECK(all[2].get("nonce") == "n");
    CHECK(all[3].scheme == "NTLM");
    CHECK(http::parse_challenges(asking("Digest realm=\"open"), "www-authenticate").size() == 1);
    CHECK(http::parse_challenges(asking("=,\"x"), "www-authenticate").empty());
}

TEST_CASE("of several challenges the strongest that can be answered is taken, and none that cannot") {
    auto best = http::DigestChallenge::find(asking("Digest nonce=a, algorithm=MD5, Digest nonce=b, "
                                                   "algorithm=SHA-256-sess, qop=\"auth-int, auth\", Digest nonce=c"));
    REQUIRE(best);
    CHECK(best->nonce == "b");
    CHECK(best->session);
    CHECK(best->qop_auth);
    CHECK(!http::DigestChallenge::find(asking("Digest nonce=a, algorithm=SHA-512-256")));
    CHECK(!http::DigestChallenge::find(asking("Digest nonce=a, qop=auth-int")));
    CHECK(!http::DigestChallenge::find(asking("Digest realm=x")));
    CHECK(!http::DigestChallenge::find(asking("Basic realm=x")));
}

#if CORDUROY_HAVE_OPENSSL

TEST_CASE("the answers are those of RFC 7616 section 3.9.1 and of RFC 2617 section 3.5") {
    std::string common = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", "
                         "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
                         "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
    auto answer = [&](const std::string& algorithm) {
        auto challenge = http::DigestChallenge::find(asking("Digest " + common + ", algorithm=" + algorithm));
        http::DigestSession session(*challenge, "Mufasa", "Circle of Life");
        return session.authorization("GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
    };
    CHECK(answer("MD5").find("response=\"8ca523f5e9506fed4657c9700eebdbec\"") != std::string::npos);
    CHECK(answer("SHA-256").find("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"") !=
          std::string::npos);
    CHECK(answer("MD5").find("nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\"") !=
          std::string::npos);

    auto old = http::DigestChallenge::find(asking("Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", "
                                                  "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\""));
    http::DigestSession session(*old, "Mufasa", "Circle Of Life");
    CHECK(session.authorization("GET", "/dir/index.html", "0a4f113b")
              .find("response=\"6629fae49393a05397450978507c4ef1\"") != std::string::npos);
}

TEST_CASE("a request is sent again with the answer, the nonce is used on and counted, and a stale one renewed") {
    run_test([]() -> Task<> {
        StubServer server;
        std::string ask = "Digest realm=\"r\", qop=\"auth\", nonce=\"one\", opaque=\"o\"";
        auto refuse = [](const std::string& with) { return StubAnswer(401, "no").header("www-authenticate", with); };
        server.expect("POST", "http://h/a?b").no_header("authorization").body("text").answer(refuse(ask));
        server.expect("POST", "http://h/a?b").body("text").answer(200, "in");
        server.expect("GET", "http://h/").answer(200);
        server.expect("GET", "http://h/").answer(refuse("Digest realm=\"r\", qop=\"auth\", nonce=\"two\", stale=TRUE"));
        server.expect("GET", "http://h/").answer(200);
        auto client = server.client().auth_digest("me", "secret");
        auto in = co_await client.post("http://h/a?b").body("text");
        CHECK(in.text() == "in");
        for (int i = 0; i < 2; ++i) {
            auto next = co_await client.get("http://h/");
            CHECK(next.status() == 200);
        }
        server.verify();
        const auto& all = server.requests();
        REQUIRE(all.size() == 5);
        CHECK(parameter(all[1], "uri") == "/a?b");
        CHECK(parameter(all[1], "opaque") == "o");
        CHECK(parameter(all[1], "nc") == "00000001");
        CHECK(parameter(all[2], "nc") == "00000002");
        CHECK(parameter(all[3], "nonce") == "one");
        CHECK(parameter(all[3], "nc") == "00000003");
        CHECK(parameter(all[4], "nonce") == "two");
        CHECK(parameter(all[4], "nc") == "00000001");
        CHECK(parameter(all[1], "cnonce") != parameter(all[2], "cnonce"));
    });
}

TEST_CASE("where redirects lead each place may ask with a nonce of its own") {
    run_test([]() -> Task<> {
        StubServer server;
        for (std::string from : {"/a", "/b", "/c", "/d"}) {
            std::string ask = "Digest realm=\"r\", qop=\"auth\", stale=true, nonce=\"of " + from + "\"";
            server.expect("GET", "http://h" + from).answer(StubAnswer(401).header("www-authenticate", ask));
            std::string to(1, static_cast<char>(from[1] + 1));
            StubAnswer last(200, "in");
            server.expect("GET", "http://h" + from)
                .answer(from == "/d" ? last : StubAnswer(302).header("location", to));
        }
        auto in = co_await server.client().auth_digest("me", "secret").get("http://h/a");
        CHECK(in.text() == "in");
        server.verify();
    });
}

TEST_CASE("a request does without the client's digest credentials where it is to") {
    run_test([]() -> Task<> {
        StubServer server;
        auto ask = StubAnswer(401).header("www-authenticate", "Digest realm=\"r\", qop=\"auth\", nonce=\"one\"");
        server.expect("GET", "http://h/").no_header("authorization").answer(ask);
        auto client = server.client().auth_digest("me", "secret");
        auto asked = co_await client.get("http://h/").without_header("authorization");
        CHECK(asked.status() == 401);
        server.verify();
    });
}

TEST_CASE("a wrong password is asked for once, and its 401 is the answer") {
    run_test([]() -> Task<> {
        StubServer server;
        auto refuse = StubAnswer(401, "no").header("www-authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"");
        server.expect("GET", "http://h/").times(2).answer(refuse);
        http::Client client = server.client();
        auto answer = co_await client.get("http://h/").auth_digest("me", "wrong");
        CHECK(answer.status() == 401);
        server.verify();
    });
}

TEST_CASE("a request that is cancelled while it is sent again with digest credentials holds no connection") {
    sim::run([](sim::World& world) -> Task<> {
        StubServer server;
        auto refuse = StubAnswer(401, "no").header("www-authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"");
        server.expect("GET", "http://h/").answer(refuse);
        server.expect("GET", "http://h/").answer(StubAnswer::silence());
        server.expect("GET", "http://h/").answer(200, "in");
        http::ClientSettings settings = server.settings();
        settings.connections = 1;
        auto client = http::Client(settings).auth_digest("me", "secret");
        auto asking = client.get("http://h/").streamed();
        auto cut = co_await attempt(timeout(5s, std::move(asking)));
        CHECK(cut.failure().check<TimeoutError>());
        CHECK(world.elapsed() == 5s);
        CHECK(client.connections() == 0);
        auto in = co_await client.get("http://h/"); // in the one place that there is
        CHECK(in.text() == "in");
        server.verify();
    });
}

TEST_CASE("digest credentials answer their own origin alone") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").answer(StubAnswer(302).header("location", "http://other/"));
        server.expect("GET", "http://other/")
            .no_header("authorization")
            .answer(StubAnswer(401).header("www-authenticate", "Digest realm=\"r\", nonce=\"n\""));
        http::Client client = server.client();
        auto answer = co_await client.get("http://h/").auth_digest("me", "secret");
        CHECK(answer.status() == 401);
        server.verify();
    });
}

TEST_CASE("a generator is not sent twice for digest authentication: an error says so; a function's is") {
    run_test([]() -> Task<> {
        StubServer server;
        auto refuse = StubAnswer(401).header("www-authenticate", "Digest realm=\"r\", nonce=\"n\"");
        server.expect("PUT", "http://h/").body("body").times(2).answer(refuse);
        server.expect("PUT", "http://h/").body("body").answer(200);
        http::Client client = server.client();
        auto twice = co_await attempt(client.put("http://h/").body(once()).auth_digest("me", "secret"));
        CHECK(twice.failure().message() == "PUT http://h/ failed while reading the head: the server asks for digest "
                                           "authentication, and the body can be sent only once");
        CHECK(twice.failure().check<http::BodySpent>());
        auto made = co_await client.put("http://h/").body(once).auth_digest("me", "secret");
        CHECK(made.status() == 200);
        server.verify();
    });
}

TEST_CASE("line ends and NUL are refused in the user and the password of digest authentication") {
    for (std::string bad : {std::string("\r"), std::string("\n"), std::string("\0", 1)}) {
        CHECK_THROWS_AS(static_cast<void>(http::get("http://h/").auth_digest("a" + bad, "b")), http::Error);
        CHECK_THROWS_AS(static_cast<void>(http::get("http://h/").auth_digest("a", "b" + bad)), http::Error);
        CHECK_THROWS_AS(http::Client().auth_digest("a" + bad, "b"), http::Error);
    }
}

#else

TEST_CASE("without OpenSSL digest authentication is refused at once, and the error says why") {
    CHECK_THROWS_WITH_AS(static_cast<void>(http::get("http://h/").auth_digest("a", "b")),
                         "sending the request failed: this build of Corduroy has no OpenSSL, and so no digest "
                         "authentication",
                         http::Error);
}

#endif
