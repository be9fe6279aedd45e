#include <corduroy/testing/stub_server.hpp>

#include "testing/stub_core.hpp"

#include <utility>

namespace corduroy::testing {

StubServer::StubServer(Order order) : core_(std::make_shared<StubCore>(order)) {}
StubServer::StubServer(StubServer&&) noexcept = default;
StubServer& StubServer::operator=(StubServer&& other) noexcept {
    std::swap(core_, other.core_);
    return *this;
}
StubServer::~StubServer() {
    if (core_) core_->close();
}

StubExpectation& StubServer::expect(std::string_view method, std::string_view url) {
    return core_->add(std::string(method), std::string(url));
}

StubServer& StubServer::handle_by(Handling handler) {
    core_->handler = std::make_shared<StubCore::Handler>(std::move(handler));
    return *this;
}

void StubServer::refuse(std::size_t count, int error) noexcept {
    core_->refused = count;
    core_->refusal = error;
}

void StubServer::connect_after(Duration time) noexcept { core_->connect_time = time; }

void StubServer::flow(const MemoryConnection& connection) { core_->flow = connection; }

http::ClientSettings StubServer::settings() const {
    http::ClientSettings settings;
    settings.transport = core_;
    return settings;
}

const std::vector<StubRequest>& StubServer::requests() const noexcept { return core_->requests; }
std::size_t StubServer::connections_made() const noexcept { return core_->made; }
std::size_t StubServer::connections_open() const noexcept { return core_->open(); }

std::string StubServer::report() const { return core_->report(); }

void StubServer::verify() const {
    std::string found = report();
    if (!found.empty()) throw StubMismatch(found);
}

} // namespace corduroy::testing
