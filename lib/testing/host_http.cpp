// Apart from host.cpp, so that a simulation without HTTP is linked without it.
#include <corduroy/base/unique_function.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/net/address.hpp>
#include <corduroy/testing/host.hpp>

#include "testing/sim_network.hpp"

#include <cstdint>
#include <utility>

namespace corduroy::sim {

namespace {

Task<> serve_http(HostRecord& host, std::uint16_t port, http::ServerSettings settings,
                  UniqueFunction<Task<http::Response>(http::Request&)> handler) {
    http::Server server = co_await http::listen(net::Address::any_ipv6(port)).settings(settings);
    host.starting.erase(host.starting.find(port));
    auto call = [&handler](http::Request& request) -> Task<http::Response> { return handler(request); };
    co_await server.serve(call);
}

} // namespace

Host& Host::start_server(std::uint16_t port, HttpHandler handler, const http::ServerSettings* settings) {
    record_.starting.insert(port);
    auto given = settings != nullptr ? *settings : http::ServerSettings();
    return run([&host = record_, port, given, handler = std::move(handler)]() mutable {
        return serve_http(host, port, given, std::move(handler));
    });
}

} // namespace corduroy::sim
