#include <corduroy/net/tls.hpp>

#include <corduroy/base/error.hpp>

#include <doctest/doctest.h>

using namespace corduroy;
using namespace corduroy::net;

TEST_CASE("a build without OpenSSL says so where TLS is asked for") {
    REQUIRE_FALSE(tls_available());
    CHECK_THROWS_WITH_AS(TlsContext::make({}), "this build of Corduroy has no TLS: it was made without OpenSSL",
                         TlsError);
}
