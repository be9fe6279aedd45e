#pragma once

#include "http/pool.hpp"

#include <corduroy/http/client_settings.hpp>
#include <corduroy/http/url.hpp>

#include <memory>

namespace corduroy::http {

// What a client is made of, shared by its handle and the requests under way.
class ClientCore {
public:
    explicit ClientCore(ClientSettings settings);

    const ClientSettings& settings() const noexcept { return settings_; }
    Pool& pool() noexcept { return pool_; }

    // A new connection to the URL's origin.
    Task<std::unique_ptr<ClientConnection>> connect(const Url& url);

private:
    ClientSettings settings_; // with a transport
    Pool pool_;
};

// The default client of the reactor that runs.
std::shared_ptr<ClientCore> default_client();

} // namespace corduroy::http
