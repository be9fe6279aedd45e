#include "transfer/client_settings.hpp"

#include "transfer/cookies.hpp"
#include "transfer/family_resolver.hpp"
#include "transfer/given_addresses.hpp"
#include "transfer/routed_transport.hpp"

#include <corduroy/base/error.hpp>

#include <algorithm>
#include <memory>

namespace fetch {

namespace http = corduroy::http;
namespace net = corduroy::net;

namespace {

// "FILE:PASSWORD", with a colon in the file's name as "\:".
void set_certificate(net::TlsSettings& settings, const std::string& text) {
    std::string& file = settings.certificate_file;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool escaped = text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == ':' || text[i + 1] == '\\');
        if (escaped) {
            file += text[++i];
        } else if (text[i] == ':') {
            settings.key_password = text.substr(i + 1);
            return;
        } else {
            file += text[i];
        }
    }
}

net::TlsSettings tls_settings(const TlsOptions& options) {
    net::TlsSettings settings;
    settings.insecure_accept_any_certificate = options.insecure;
    settings.ca_file = options.ca_file;
    set_certificate(settings, options.certificate);
    settings.key_file = options.key_file;
    if (!options.key_password.empty()) settings.key_password = options.key_password;
    settings.pinned_keys = options.pinned_keys;
    settings.ca_directory = options.ca_directory;
    settings.revocation_file = options.revocation_file;
    settings.ciphers = options.ciphers;
    settings.ciphers_1_3 = options.ciphers_1_3;
    settings.groups = options.groups;
    if (options.only_1_3) settings.minimum_version = net::TlsVersion::tls_1_3;
    if (options.up_to_1_2) settings.maximum_version = net::TlsVersion::tls_1_2;
    if (!options.alpn) settings.alpn.clear();
    return settings;
}

void configure(http::Proxy& proxy, const ProxyOptions& options) {
    proxy.always_tunnel(options.tunnel);
    if (!options.user.empty()) {
        std::size_t colon = std::min(options.user.find(':'), options.user.size());
        std::string_view user = options.user;
        proxy.credentials(user.substr(0, colon), user.substr(std::min(colon + 1, user.size())));
    }
    for (const std::string& line : options.headers) {
        std::size_t end = line.find_first_of(":;"); // there is one: see option_groups.cpp
        proxy.header(line.substr(0, end), line.substr(end + 1));
    }
}

// Without a scheme it is socks4, as curl has it.
http::Proxy proxy_before(const ProxyOptions& options) {
    bool has_scheme = options.before.find("://") != std::string::npos;
    return http::Proxy::parse(has_scheme ? options.before : "socks4://" + options.before);
}

http::ProxySettings proxies_of(const ProxyOptions& options) {
    http::ProxySettings proxies;
    if (!options.url)
        proxies = http::ProxySettings::from_environment();
    else if (!options.url->empty())
        proxies = http::ProxySettings(*options.url).except(http::ProxySettings::exceptions_of_environment());
    if (options.exceptions) proxies.except_only(*options.exceptions);
    if (!options.before.empty()) proxies.through(proxy_before(options));
    proxies.each([&](http::Proxy& proxy) { configure(proxy, options); });
    return proxies;
}

// To be called when all that its sockets need is set.
void set_routes(http::ClientSettings& settings, const ConnectionOptions& options) {
    if (!options.unix_socket.empty() || (options.connect_to.empty() && options.family == 0)) return;
    if (!options.connect_to.empty() && !settings.proxies.empty())
        throw corduroy::Error("--connect-to cannot be used with a proxy; -x '' goes without one");
    if (options.family != 0)
        settings.resolver = std::make_shared<FamilyResolver>(std::move(settings.resolver), options.family);
    settings.transport =
        std::make_shared<RoutedTransport>(http::socket_transport(settings), options.connect_to, options.family);
}

} // namespace

http::ClientSettings client_settings(const Operation& operation, const Options& options) {
    const ConnectionOptions& connection = operation.connection;
    const RequestOptions& request = operation.request;
    http::ClientSettings settings;
    // What is saved is what the server has, byte for byte, unless --compressed asks for something else.
    settings.decoding.enabled = request.compressed;
    settings.cookies = jar_of(operation.cookies);
    if (connection.connect_timeout) settings.connect_timeout = *connection.connect_timeout;
    settings.timeout = connection.max_time;
    settings.redirects = 0;
    if (request.follow || request.trust_redirects)
        settings.redirects = static_cast<unsigned>(request.max_redirects); // -1 is as good as no bound
    // A body that waits for its turn keeps its connection, so each that is under way must be able to have one.
    settings.connections = std::max(options.connections_max, options.parallel_max);
    settings.connections_per_origin = options.parallel_max_host;
    settings.user_agent = request.user_agent;
    settings.tls = tls_settings(connection.tls);
    settings.proxies = proxies_of(connection.proxy);
    settings.proxy_tls = tls_settings(connection.proxy.tls);
    settings.unix_socket = connection.unix_socket;
    settings.connecting.no_delay = connection.no_delay;
    settings.connecting.keep_alive = connection.keep_alive;
    if (connection.attempt_delay) settings.connecting.attempt_delay = *connection.attempt_delay;
    if (!connection.interface.empty()) {
        if (auto address = net::Address::parse(connection.interface, 0))
            settings.connecting.local = *address;
        else
            settings.connecting.interface = connection.interface;
    }
    if (!connection.resolve.empty()) settings.resolver = std::make_shared<GivenAddresses>(connection.resolve);
    set_routes(settings, connection);
    return settings;
}

} // namespace fetch
