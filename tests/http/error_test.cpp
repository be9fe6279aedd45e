#include <corduroy/http/error.hpp>

#include <corduroy/base/cancelled.hpp>

#include <cerrno>
#include <chrono>
#include <doctest/doctest.h>
#include <new>
#include <string>

using namespace corduroy::http;
using namespace std::literals;
using corduroy::IoError;
using corduroy::TimeoutError;

namespace {

const ErrorContext connecting{"GET", "http://h/", Phase::connect};

template <typename Thrown, typename Caught>
Caught wrapped(const Thrown& thrown, const ErrorContext& context = connecting) {
    try {
        rethrow_in_context(std::make_exception_ptr(thrown), context);
    } catch (const Caught& caught) {
        return caught;
    }
}

} // namespace

TEST_CASE("a message names method, URL, phase and reason") {
    Error error({"GET", "http://h/", Phase::head}, "the server closed the connection after 17 bytes");
    CHECK(error.what() ==
          "GET http://h/ failed while reading the head: the server closed the connection after 17 bytes"sv);
    CHECK(error.method() == "GET");
    CHECK(error.url() == "http://h/");
    CHECK(error.phase() == Phase::head);
    CHECK(error.reason() == "the server closed the connection after 17 bytes");
    CHECK_FALSE(error.cause());
    CHECK(Error({{}, {}, Phase::send}, "x").what() == "sending the request failed: x"sv);
    CHECK(Error({{}, "http://h/", Phase::tls}, "x").what() == "http://h/ failed while setting up TLS: x"sv);
}

TEST_CASE("phases have names") {
    CHECK(to_string(Phase::pool) == "pool");
    CHECK(to_string(Phase::name) == "name");
    CHECK(to_string(Phase::connect) == "connect");
    CHECK(to_string(Phase::tls) == "tls");
    CHECK(to_string(Phase::send) == "send");
    CHECK(to_string(Phase::head) == "head");
    CHECK(to_string(Phase::body) == "body");
    CHECK(doing(Phase::pool) == "waiting for a connection");
    CHECK(doing(Phase::name) == "looking up the name");
}

TEST_CASE("a lower error becomes the cause") {
    Error error = wrapped<IoError, Error>(IoError("connect to 127.0.0.1:9", ECONNREFUSED));
    CHECK(error.what() == "GET http://h/ failed while connecting: connect to 127.0.0.1:9 failed: Connection refused"sv);
    REQUIRE(error.cause());
    try {
        std::rethrow_exception(error.cause());
    } catch (const IoError& cause) {
        CHECK(cause.code().value() == ECONNREFUSED);
    }
    CHECK(wrapped<std::system_error, Error>(std::system_error(EPERM, std::generic_category())).cause());
}

TEST_CASE("a timeout stays one, and names request and phase, once") {
    PhaseTimeout timeout = wrapped<TimeoutError, PhaseTimeout>(TimeoutError("", 30s));
    CHECK(timeout.what() == "GET http://h/ (connecting) timed out after 30 s"sv);
    CHECK(timeout.bound() == 30s);
    CHECK(timeout.of() == Phase::connect);
    PhaseTimeout again = wrapped<PhaseTimeout, PhaseTimeout>(timeout);
    CHECK(again.what() == std::string_view(timeout.what()));
    TimeoutError lower = wrapped<TimeoutError, TimeoutError>(TimeoutError("connect to 10.0.0.1:80", 250ms));
    CHECK(lower.what() == "GET http://h/ (connecting): connect to 10.0.0.1:80 timed out after 250 ms"sv);
}

TEST_CASE("what a parser raised gets its request and keeps its phase and kind") {
    ProtocolError protocol = wrapped<ProtocolError, ProtocolError>(ProtocolError({{}, {}, Phase::body}, "cut"));
    CHECK(protocol.what() == "GET http://h/ failed while reading the body: cut"sv);
    CHECK(protocol.phase() == Phase::body);
    ConnectionClosed closed =
        wrapped<ConnectionClosed, ConnectionClosed>(ConnectionClosed({{}, {}, Phase::body}, "cut", 7));
    CHECK(closed.what() == "GET http://h/ failed while reading the body: cut"sv);
    CHECK(closed.received() == 7);
    TooLarge large = wrapped<TooLarge, TooLarge>(TooLarge({{}, {}, Phase::head}, "the head has more than 9 bytes", 9));
    CHECK(large.what() == "GET http://h/ failed while reading the head: the head has more than 9 bytes"sv);
    CHECK(large.limit() == 9);
    Error header = wrapped<Error, Error>(Error({{}, {}, Phase::send}, "bad header"));
    CHECK(header.what() == "GET http://h/ failed while sending the request: bad header"sv);
}

TEST_CASE("an error that has its URL stays as it is, and so does what is no failure of the request") {
    const ErrorContext other{"PUT", "http://g/", Phase::body};
    CHECK(wrapped<ProtocolError, ProtocolError>(ProtocolError(connecting, "x"), other).url() == "http://h/");
    CHECK(wrapped<TooLarge, TooLarge>(TooLarge(connecting, "x", 1), other).url() == "http://h/");
    CHECK(wrapped<RedirectError, RedirectError>(RedirectError({}, "x"), other).url().empty());
    CHECK(wrapped<StatusError, StatusError>(StatusError({}, 404, "Not Found", "b"), other).status() == 404);
    CHECK(wrapped<InvalidUrl, InvalidUrl>(InvalidUrl("", "x"), other).url().empty());
    CHECK_THROWS_AS((wrapped<corduroy::Cancelled, Error>(corduroy::Cancelled{})), corduroy::Cancelled);
    CHECK_THROWS_AS((wrapped<corduroy::CancelledError, Error>(corduroy::CancelledError("x"))),
                    corduroy::CancelledError);
    CHECK_THROWS_AS((wrapped<std::bad_alloc, Error>(std::bad_alloc())), std::bad_alloc);
    CHECK_THROWS_AS((wrapped<int, Error>(1)), int);
}

TEST_CASE("a status error says what the server answered and keeps its body") {
    StatusError error({"GET", "http://h/", Phase::head}, 404, "Not Found", "no such page");
    CHECK(error.what() == "GET http://h/ failed: the server answered 404 Not Found"sv);
    CHECK(error.status() == 404);
    CHECK(error.body() == "no such page");
    CHECK(error.phase() == Phase::body);
    CHECK(StatusError({}, 599, "", "").what() == "the server answered 599"sv);
}
