#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/base/unique_function.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/client_settings.hpp>
#include <corduroy/http/headers.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/testing/memory_stream.hpp>
#include <corduroy/testing/stub_answer.hpp>

#include <cerrno>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace corduroy::testing {

// A request as a StubServer got it: the URL put together from the origin that was connected to and the request's
// target.
struct StubRequest {
    std::string method;
    std::string url;
    http::Headers headers;
    std::string body;
};

// The requests and answers did not go as the table has them; the message is StubServer::report.
class StubMismatch : public Error {
public:
    using Error::Error;
};

// A row of a StubServer's table: what a request must be, and what is answered. A reference to it is valid as long as
// the server.
class StubExpectation {
public:
    StubExpectation(std::string method, std::string url) : method_(std::move(method)), url_(std::move(url)) {}

    // The request has this header, of this value; or none of the name.
    StubExpectation& header(std::string_view name, std::string_view value);
    StubExpectation& no_header(std::string_view name);
    // Its body is this text.
    StubExpectation& body(std::string text);
    // It satisfies the predicate, which `what` describes in the report: "the body is sorted".
    StubExpectation& where(std::string what, std::function<bool(const StubRequest&)> predicate);
    // It comes so many times, rather than once; or any number of times, none included.
    StubExpectation& times(std::size_t count);
    StubExpectation& any_times();

    // What is answered each time; 200 without a body unless told.
    StubExpectation& answer(StubAnswer answer);
    StubExpectation& answer(int status, std::string body = {},
                            std::string_view content_type = "text/plain; charset=utf-8");

    // "POST http://shop.test/orders".
    std::string text() const { return method_ + " " + url_; }
    // In what a request differs; empty where it is the one expected.
    std::vector<std::string> differences(const StubRequest& request) const;

private:
    friend class StubCore;
    struct Rule {
        std::string name;
        std::optional<std::string> value;
    };
    struct Predicate {
        std::string what;
        std::function<bool(const StubRequest&)> holds;
    };

    bool open() const noexcept { return met_ < most_; }
    bool missing() const noexcept { return met_ < least_; }

    std::string method_;
    std::string url_;
    std::vector<Rule> headers_;
    std::optional<std::string> body_;
    std::vector<Predicate> predicates_;
    StubAnswer answer_;
    std::size_t least_ = 1;
    std::size_t most_ = 1;
    std::size_t met_ = 0;
};

class StubCore;

// A server that is a table of requests expected and answers given: the other end of a whole http::Client, with its
// pool, redirects and parsers, without a socket and without a Task of its own. (treq.testing's StubTreq and
// RequestSequence.)
//
//     testing::StubServer shop;
//     shop.expect("GET", "http://shop.test/items").answer(200, "[1, 2]");
//     http::Client client = shop.client();
//     auto response = co_await client.get("http://shop.test/items");
//     shop.verify();
//
// Where a table says too little, a handler answers: `shop.handle(page)`, with the handler that a server would have.
//
// It stands for every origin, https included, which it speaks without TLS. A request that the table does not have is
// answered 500 with what was expected instead, and is told by `report` and `verify`. It may be made anywhere, and is
// used from one reactor at a time; clients that outlive it find their connections closed. "Expect: 100-continue" is
// answered at once.
class StubServer {
public:
    // Whether requests must come in the table's order, or each is answered by the first row that it satisfies.
    enum class Order : unsigned char { strict, any };

    explicit StubServer(Order order = Order::strict);
    StubServer(StubServer&&) noexcept;
    StubServer& operator=(StubServer&&) noexcept;
    ~StubServer();

    // Adds a row. The URL is whole, as the client is to ask for it, without a fragment.
    StubExpectation& expect(std::string_view method, std::string_view url);

    // Requests that the table does not have are answered by this handler, of the kind that http::Server::serve takes;
    // their bodies have been read. Several run at a time, one for each connection, in the task group that is ambient
    // where the request is sent; one whose client has gone is cancelled. What a handler throws is answered as that
    // server answers it.
    template <class Callable>
        requires http::Handler<std::decay_t<Callable>>
    StubServer& handle(Callable&& handler) {
        corduroy::detail::guard_callable<Callable>();
        using Kept = std::decay_t<Callable>;
        if constexpr (std::is_invocable_v<Kept&, http::Request&>)
            return handle_by(Handling(Kept(std::forward<Callable>(handler))));
        else
            return handle_by(Handling([kept = Kept(std::forward<Callable>(handler))](http::Request& request) mutable {
                return kept(std::move(request));
            }));
    }

    // The next so many attempts to connect fail with this errno.
    void refuse(std::size_t count = 1, int error = ECONNREFUSED) noexcept;
    // Connecting takes so long.
    void connect_after(Duration time) noexcept;
    // How the bytes of the connections that are made from here on go: `to_first` is what the client reads.
    void flow(const MemoryConnection& connection);

    // A client of this server, to be made within a reactor; or settings that make one.
    http::Client client() const { return http::Client(settings()); }
    http::ClientSettings settings() const;

    // All requests until now, in their order.
    const std::vector<StubRequest>& requests() const noexcept;
    // The connections made until now, and those of them that the client has not closed.
    std::size_t connections_made() const noexcept;
    std::size_t connections_open() const noexcept;

    // What is missing and what came unasked, a line each; empty where all went as the table has it.
    std::string report() const;
    // Throws StubMismatch where the report is not empty.
    void verify() const;

private:
    using Handling = UniqueFunction<Task<http::Response>(http::Request&)>;
    StubServer& handle_by(Handling handler);

    std::shared_ptr<StubCore> core_;
};

} // namespace corduroy::testing
