#include "http/proxy/tunnel.hpp"

#include "http/client_connection.hpp"
#include "http/proxy/proxied_connect.hpp"

#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/request_head.hpp>
#include <corduroy/http/status.hpp>

#include <string>
#include <utility>

namespace corduroy::http {

namespace {

const ErrorContext connecting{{}, {}, Phase::connect};

std::string target_of(const Url& url) {
    std::string target(url.authority());
    if (!url.explicit_port()) target += ":" + std::to_string(url.port());
    return target;
}

std::string request_for(const std::string& target, const Proxy& proxy, const ClientSettings& settings) {
    std::string out = "CONNECT " + target + " HTTP/1.1\r\nhost: " + target + "\r\n";
    if (!settings.user_agent.empty()) append_field(out, "user-agent", settings.user_agent);
    append_proxy_fields(out, proxy, false);
    append_end_of_head(out);
    return out;
}

Task<> read_head(ClientConnection& connection) {
    for (;;) {
        ParseEvent event = connection.parse();
        if (event == ParseEvent::head) co_return;
        if (event != ParseEvent::need_input) continue;
        net::ReceivedBytes received = co_await connection.receive();
        connection.take(std::move(received));
    }
}

void check_answer(ClientConnection& connection, const Proxy& proxy, const std::string& target) {
    const ResponseHead& head = connection.parser().head();
    bool accepted = connection.parser().upgraded() && head.status >= 200; // a 101 is no answer to a CONNECT
    if (!accepted) {
        std::string reason(head.reason.empty() ? reason_phrase(head.status) : std::string_view(head.reason));
        throw ProxyError(connecting, proxy.name(),
                         "it answered CONNECT " + target + " with " + std::to_string(head.status) +
                             (reason.empty() ? "" : " " + reason),
                         nullptr, head.status);
    }
    if (!connection.input().empty())
        throw ProxyError(connecting, proxy.name(), "it sent bytes behind its answer to CONNECT " + target);
}

} // namespace

Task<std::unique_ptr<net::ByteStream>> open_tunnel(std::unique_ptr<net::ByteStream> stream, const Proxy& proxy,
                                                   const Url& url, const ClientSettings& settings) {
    std::string target = target_of(url);
    ClientConnection connection(std::move(stream), settings.codec);
    connection.parser().begin("CONNECT");
    connection.stream().write_soon(request_for(target, proxy, settings));
    try {
        co_await read_head(connection);
    } catch (Cancelled& cancelled) {
        cancelled.during("waiting for the proxy " + proxy.name() + " to answer CONNECT " + target);
        throw;
    } catch (const Error& error) { // its own words name no URL
        throw ProxyError(connecting, proxy.name(), "CONNECT " + target + ": " + error.reason(),
                         std::current_exception());
    } catch (const corduroy::Error& error) {
        throw ProxyError(connecting, proxy.name(), "CONNECT " + target + ": " + error.what(), std::current_exception());
    }
    check_answer(connection, proxy, target);
    co_return connection.take_stream();
}

} // namespace corduroy::http
