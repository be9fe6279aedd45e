#include "testing/stub_core.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/url.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <utility>

namespace corduroy::testing {

Task<std::unique_ptr<net::ByteStream>> StubCore::connect(const http::Url& url) {
    std::string where = std::string(url.authority());
    if (!url.explicit_port()) where += ":" + std::to_string(url.port());
    if (connect_time > Duration::zero()) co_await sleep(connect_time);
    if (refused > 0) {
        --refused;
        throw IoError("connect to " + where, refusal);
    }
    if (closed_) throw IoError("connect to " + where, ECONNREFUSED);
    ++made;
    MemoryConnection connection = flow;
    connection.second = connection.second.with_port(url.port());
    std::erase_if(connections_, [](const auto& one) { return one->client_gone(); });
    connections_.push_back(std::make_unique<StubConnection>(*this, url.origin(), connection));
    co_return connections_.back()->client_end(connection);
}

StubExpectation& StubCore::add(std::string method, std::string url) {
    return table_.emplace_back(std::move(method), std::move(url));
}

StubExpectation* StubCore::find(const StubRequest& request) noexcept {
    for (StubExpectation& row : table_) {
        if (!row.open()) continue;
        if (row.differences(request).empty()) return &row;
        if (order_ == StubServer::Order::strict && row.missing()) return nullptr;
    }
    return nullptr;
}

StubAnswer StubCore::answer(StubRequest request) {
    StubExpectation* row = find(request);
    StubAnswer given;
    if (row != nullptr) {
        ++row->met_;
        given = row->answer_;
    } else {
        unasked_.push_back(unasked(request));
        given = StubAnswer(500, unasked_.back() + "\n");
    }
    requests.push_back(std::move(request));
    return given;
}

namespace {

// As http::Server does: a StatusError of the handler's own is an answer, any other failure is reported.
StubAnswer answer_to_failure(const Failure& failure) {
    const auto* error = failure.as<http::StatusError>();
    if (error != nullptr && error->url().empty()) return StubAnswer(error->status(), error->body());
    Reactor::current().report_unhandled(failure, "the handler of a StubServer");
    return StubAnswer(500, "the handler failed\n");
}

Task<http::Response> call_handler(StubCore::Handler& handler, http::Request& request) {
    http::Response response = co_await handler(request);
    if (response.streamed()) co_await response.read_all();
    co_return response;
}

} // namespace

Task<StubAnswer> StubCore::ask_handler(StubRequest noted, http::Request request) {
    requests.push_back(std::move(noted));
    std::shared_ptr<Handler> kept = handler; // the server may be gone before it has ended
    auto outcome = co_await attempt(call_handler(*kept, request));
    if (outcome) co_return StubAnswer::of(std::move(outcome).value());
    co_return answer_to_failure(outcome.failure());
}

// What is to be said of a request that the table does not have: how it differs from what could have come instead.
std::string StubCore::unasked(const StubRequest& request) const {
    std::string text = "came unasked: " + request.method + " " + request.url;
    for (const StubExpectation& row : table_) {
        if (!row.open()) continue;
        text += "\n    it is not " + row.text() + ": ";
        bool first = true;
        for (const std::string& difference : row.differences(request))
            text += (std::exchange(first, false) ? "" : "; ") + difference;
        if (order_ == StubServer::Order::strict && row.missing()) break;
    }
    return text;
}

std::string StubCore::report() const {
    std::string text;
    for (const std::string& one : unasked_) text += one + "\n";
    for (const StubExpectation& row : table_) {
        if (!row.missing()) continue;
        text += "missing: " + row.text();
        if (row.least_ > 1)
            text += " (came " + std::to_string(row.met_) + " times of " + std::to_string(row.least_) + ")";
        text += "\n";
    }
    return text;
}

std::size_t StubCore::open() const noexcept {
    return static_cast<std::size_t>(
        std::count_if(connections_.begin(), connections_.end(), [](const auto& one) { return !one->client_gone(); }));
}

void StubCore::close() noexcept {
    closed_ = true;
    connections_.clear();
}

} // namespace corduroy::testing
