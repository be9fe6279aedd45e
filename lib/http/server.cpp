#include <corduroy/http/server.hpp>

#include "http/server_core.hpp"

namespace corduroy::http {

Server::Server(net::Listener listener, const ServerSettings& settings)
    : core_(std::make_unique<ServerCore>(std::move(listener), settings)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

const net::Address& Server::address() const noexcept { return core_->address(); }
ServerSettings& Server::settings() noexcept { return core_->settings(); }
Task<> Server::run(Call handler) { return core_->serve(std::move(handler)); }
void Server::stop() noexcept { core_->stop(); }
std::size_t Server::connections() const noexcept { return core_->connections(); }
std::size_t Server::busy_connections() const noexcept { return core_->busy_connections(); }

Task<Server> ServerBuilder::into_task() && {
    // The coroutine owns what it is made of: the builder may be gone when it runs.
    auto made = [](net::Listening listening, ServerSettings settings) -> Task<Server> {
        net::Listener listener = co_await std::move(listening);
        co_return Server(std::move(listener), settings);
    };
    return made(std::move(listening_), settings_);
}

} // namespace corduroy::http
