#include "client_settings.hpp"

#include <corduroy/net/override_resolver.hpp>

#include <algorithm>
#include <memory>

namespace fetch {

namespace http = corduroy::http;
namespace net = corduroy::net;

http::ClientSettings client_settings(const Options& options) {
    http::ClientSettings settings;
    if (options.connect_timeout) settings.connect_timeout = *options.connect_timeout;
    settings.timeout = options.max_time;
    settings.redirects = 0;
    if (options.follow) settings.redirects = static_cast<unsigned>(options.max_redirects); // -1 is as good as no bound
    // A body that waits for its turn keeps its connection, so each that is under way must be able to have one.
    settings.connections = std::max(settings.connections, options.parallel_max);
    settings.tls.verify = !options.insecure;
    settings.tls.ca_file = options.ca_file;
    if (!options.resolve.empty()) {
        auto resolver = std::make_shared<net::OverrideResolver>(net::default_resolver());
        for (const std::string& entry : options.resolve) resolver->add(entry);
        settings.resolver = std::move(resolver);
    }
    return settings;
}

} // namespace fetch
