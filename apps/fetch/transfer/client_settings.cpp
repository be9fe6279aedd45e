#include "transfer/client_settings.hpp"

#include <corduroy/net/override_resolver.hpp>

#include <algorithm>
#include <memory>

namespace fetch {

namespace http = corduroy::http;
namespace net = corduroy::net;

http::ClientSettings client_settings(const Operation& operation, const Options& options) {
    const ConnectionOptions& connection = operation.connection;
    const RequestOptions& request = operation.request;
    http::ClientSettings settings;
    settings.decoding.enabled = false; // what is saved is what the server has, byte for byte
    settings.keep_cookies = false;
    if (connection.connect_timeout) settings.connect_timeout = *connection.connect_timeout;
    settings.timeout = connection.max_time;
    settings.redirects = 0;
    if (request.follow) settings.redirects = static_cast<unsigned>(request.max_redirects); // -1 is as good as no bound
    // A body that waits for its turn keeps its connection, so each that is under way must be able to have one.
    settings.connections = std::max(settings.connections, options.parallel_max);
    settings.connections_per_origin = options.parallel_max_host;
    settings.user_agent = "fetch/" CORDUROY_VERSION;
    settings.tls.insecure_accept_any_certificate = connection.insecure;
    settings.tls.ca_file = connection.ca_file;
    settings.unix_socket = connection.unix_socket;
    if (!connection.interface.empty()) {
        if (auto address = net::Address::parse(connection.interface, 0))
            settings.connecting.local = *address;
        else
            settings.connecting.interface = connection.interface;
    }
    if (!connection.resolve.empty()) {
        auto resolver = std::make_shared<net::OverrideResolver>(net::default_resolver());
        for (const std::string& entry : connection.resolve) resolver->add(entry);
        settings.resolver = std::move(resolver);
    }
    return settings;
}

} // namespace fetch
