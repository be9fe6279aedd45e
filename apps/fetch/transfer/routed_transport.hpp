#pragma once

#include "options/connect_to.hpp"

#include <corduroy/http/transport.hpp>
#include <corduroy/http/url.hpp>

#include <memory>
#include <vector>

namespace fetch {

// Connects to other places than the URLs name, and by one family of addresses alone, where that is asked for; TLS is
// set up with the URL's own host nevertheless.
class RoutedTransport final : public corduroy::http::Transport {
public:
    // The family is AF_INET or AF_INET6, or AF_UNSPEC for any; of names it is the resolver that knows of it.
    RoutedTransport(std::shared_ptr<Transport> sockets, std::vector<ConnectTo> routes, int family) noexcept
        : sockets_(std::move(sockets)), routes_(std::move(routes)), family_(family) {}

    corduroy::Task<std::unique_ptr<corduroy::net::ByteStream>> connect(const corduroy::http::Url& url) override;
    corduroy::Task<std::unique_ptr<corduroy::net::ByteStream>>
    connect_observed(const corduroy::http::Url& url, corduroy::http::ConnectObserver& observer) override;
    corduroy::Task<std::unique_ptr<corduroy::net::ByteStream>>
    secure(std::unique_ptr<corduroy::net::ByteStream> tunnel, const corduroy::http::Url& url,
           corduroy::http::ConnectObserver& observer) override;

private:
    // Where it goes for this URL, without TLS.
    corduroy::http::Url place_for(const corduroy::http::Url& url) const;

    std::shared_ptr<Transport> sockets_;
    std::vector<ConnectTo> routes_; // the first that matches goes
    int family_;
};

} // namespace fetch
