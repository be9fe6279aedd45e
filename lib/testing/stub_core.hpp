#pragma once

#include "testing/stub_connection.hpp"

#include <corduroy/async/task.hpp>
#include <corduroy/base/unique_function.hpp>
#include <corduroy/http/request.hpp>
#include <corduroy/http/response.hpp>
#include <corduroy/http/transport.hpp>
#include <corduroy/testing/stub_server.hpp>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace corduroy::testing {

// What a StubServer is made of, and the transport of its clients.
class StubCore final : public http::Transport {
public:
    explicit StubCore(StubServer::Order order) noexcept : order_(order) {}

    Task<std::unique_ptr<net::ByteStream>> connect(const http::Url& url) override;
    // Spoken without TLS, as all that it speaks.
    Task<std::unique_ptr<net::ByteStream>> secure(std::unique_ptr<net::ByteStream> tunnel, const http::Url&,
                                                  http::ConnectObserver&) override {
        co_return std::move(tunnel);
    }

    StubExpectation& add(std::string method, std::string url);
    using Handler = UniqueFunction<Task<http::Response>(http::Request&)>;

    // Whether it is for the handler to answer.
    bool is_for_handler(const StubRequest& request) noexcept { return handler && find(request) == nullptr; }
    // The answer to a request by the table. Both note the request.
    StubAnswer answer(StubRequest request);
    Task<StubAnswer> ask_handler(StubRequest noted, http::Request request);
    std::string report() const;
    std::size_t open() const noexcept;
    // Closes all connections: the server is gone, its clients may not be.
    void close() noexcept;

    std::shared_ptr<Handler> handler; // or null
    std::size_t refused = 0;
    int refusal = 0;
    Duration connect_time{};
    MemoryConnection flow;
    std::size_t made = 0;
    std::vector<StubRequest> requests;

private:
    StubExpectation* find(const StubRequest& request) noexcept;
    std::string unasked(const StubRequest& request) const;

    StubServer::Order order_;
    std::deque<StubExpectation> table_;
    std::vector<std::string> unasked_;
    std::vector<std::unique_ptr<StubConnection>> connections_;
    bool closed_ = false;
};

} // namespace corduroy::testing
