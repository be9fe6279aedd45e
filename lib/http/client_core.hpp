#pragma once

#include "http/auth/digest.hpp"
#include "http/default_fields.hpp"
#include "http/pool.hpp"

#include <corduroy/async/combine/keyed_rate_limiter.hpp>
#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/http/client_settings.hpp>
#include <corduroy/http/url.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace corduroy::http {

// What a client is made of, shared by its handle and the requests under way.
class ClientCore : public ListNode<> {
public:
    explicit ClientCore(ClientSettings settings);
    ~ClientCore() {
        if (linked()) unlink();
    }

    const ClientSettings& settings() const noexcept { return settings_; }
    ClientSettings& settings() noexcept { return settings_; }

    // A request begins on the reactor that runs, which is the client's from then on, until it stops its services.
    // Throws an Error where it is another one's.
    void use() {
        if (owner_.load(std::memory_order_relaxed) != Reactor::current_or_null()) take_over();
    }
    // Its reactor has no more requests: closes what is idle, and what streamed answers hold.
    void leave() noexcept;

    Pool& pool() noexcept { return pool_; }
    DigestSessions& digest_sessions() noexcept { return digest_sessions_; }
    const DefaultFields& default_fields() const noexcept { return default_fields_; }

    // What the requests to each host wait for first; null where they do not.
    KeyedRateLimiter<>* rate_limiter();

    // Where a request's text is put together: memory that is kept from one to the next.
    std::string& request_text() noexcept { return request_text_; }

    // How TLS is spoken with https proxies themselves.
    const std::shared_ptr<const net::TlsContext>& proxy_tls();

    // A new connection to the URL's origin, by the proxy where there is one.
    Task<std::unique_ptr<ClientConnection>> connect(const Url& url, const Proxy* proxy, ConnectObserver& observer);

private:
    void take_over();

    // Atomic only so that a request from a wrong thread is told so.
    std::atomic<Reactor*> owner_ = nullptr;
    ClientSettings settings_; // with a transport
    DefaultFields default_fields_;
    std::string request_text_;
    DigestSessions digest_sessions_;
    Pool pool_;
    std::shared_ptr<const net::TlsContext> proxy_tls_; // made when it is first asked for
    std::unique_ptr<KeyedRateLimiter<>> rate_limiter_; // of the reactor, made with its first request
};

// The default client of the reactor that runs.
std::shared_ptr<ClientCore> default_client();

} // namespace corduroy::http
