#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/net/stream.hpp>
#include <corduroy/net/tls_context.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace corduroy::traffic {

// What stands before a server that speaks no TLS: takes TLS off what comes, hands it on to a port of the same host, and
// puts it on what comes back. Its certificate is for "server.test", and trusted by who trusts `authority_file`.
class TlsFront {
public:
    explicit TlsFront(std::uint16_t port);

    // The whole of one connection; what breaks it is nobody's failure.
    Task<> pass(net::Stream outside);

    static std::string authority_file();

private:
    Task<> pass_on(net::Stream outside);

    std::uint16_t port_;
    std::shared_ptr<const net::TlsContext> context_;
};

} // namespace corduroy::traffic
