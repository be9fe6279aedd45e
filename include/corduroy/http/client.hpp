#pragma once

#include <corduroy/http/client_settings.hpp>
#include <corduroy/http/request_builder.hpp>

#include <memory>
#include <string_view>

namespace corduroy::http {

// A client of its own: settings, and a pool of connections that its requests share. It is used from one reactor, within
// which it is made and destroyed; requests that are under way keep what they need of it. A pool's idle connections
// never keep a reactor alive. (treq's HTTPClient, Twisted's Agent.)
class Client {
public:
    explicit Client(ClientSettings settings = {});
    Client(Client&&) noexcept = default;
    Client& operator=(Client&&) noexcept = default;
    ~Client();

    RequestBuilder get(std::string_view url) const { return request("GET", url); }
    RequestBuilder head(std::string_view url) const { return request("HEAD", url); }
    RequestBuilder post(std::string_view url) const { return request("POST", url); }
    RequestBuilder put(std::string_view url) const { return request("PUT", url); }
    RequestBuilder delete_(std::string_view url) const { return request("DELETE", url); }
    // With any method; its name is case-sensitive.
    RequestBuilder request(std::string_view method, std::string_view url) const;

    const ClientSettings& settings() const noexcept;

    // The connections open now, and those of them that are idle.
    std::size_t connections() const noexcept;
    std::size_t idle_connections() const noexcept;

private:
    std::shared_ptr<ClientCore> core_;
};

// Requests by the reactor's default client, which is made when the first is awaited.
RequestBuilder get(std::string_view url);
RequestBuilder head(std::string_view url);
RequestBuilder post(std::string_view url);
RequestBuilder put(std::string_view url);
RequestBuilder delete_(std::string_view url);
RequestBuilder request(std::string_view method, std::string_view url);

} // namespace corduroy::http
