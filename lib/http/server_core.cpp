#include "http/server_core.hpp"

#include "http/http_date.hpp"
#include "http/server_connection.hpp"

#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <chrono>
#include <new>
#include <utility>

namespace corduroy::http {

namespace {

// How long a server waits that had no memory for a connection.
constexpr Duration shed_pause = std::chrono::milliseconds(100);

Task<Response> failed(Failure failure) {
    failure.rethrow();
    co_return Response(500);
}

} // namespace

ServerCore::ServerCore(net::Listener listener, const ServerSettings& settings)
    : listener_(std::move(listener)), address_(listener_->address()), settings_(settings) {}

Task<> ServerCore::serve(Call handler) {
    if (std::exchange(served_, true)) throw corduroy::Error("a server serves once");
    if (stop_asked_) co_return;
    handler_ = std::move(handler);
    CancelScope clients(CancelScope::Shield::yes);
    clients_ = &clients; // whatever looks at it has ended when the group has been joined
    auto body = [this](TaskGroup& group) { return accept_until_stopped(group); };
    try {
        co_await with_task_group(body);
    } catch (...) {
        listener_.reset(); // it may have been cancelled before it began
        throw;
    }
}

Task<> ServerCore::accept_until_stopped(TaskGroup& group) {
    clients_->set_group(&group);
    CancelScope accepting;
    accepting_ = &accepting;
    if (stop_asked_) accepting.cancel();
    Task<> accepted = accept_connections(group);
    auto outcome = co_await detail::in_scope(accepting, accepted);
    accepting_ = nullptr;
    begin_stop();
    listener_.reset();
    bool asked = outcome.failure().cancelled() && !accepting.enclosing_cancelled();
    if (!outcome && !asked) current_step.task->rethrow(outcome.failure());
}

Task<> ServerCore::accept_connections(TaskGroup& group) {
    for (;;) {
        co_await Vacancy(*this);
        bool shed = false;
        try {
            net::Stream stream = co_await listener_->accept();
            group.spawn(ServerConnection::serve(*this, Place(*this), std::move(stream).into_bytes()));
        } catch (const std::bad_alloc&) {
            shed = true;
            tell_shed(Failure::current());
        }
        // Those that are being served will give memory back; meanwhile the backlog holds the others.
        if (shed) co_await sleep(shed_pause);
    }
}

void ServerCore::tell_shed(const Failure& failure) noexcept {
    Reactor::current().log(LogLevel::warning, "http", [&] {
        return "the server on " + address_.to_string() + " dropped a connection: " + failure.message();
    });
}

void ServerCore::stop() noexcept {
    stop_asked_ = true;
    if (accepting_ != nullptr) {
        accepting_->cancel();
        begin_stop();
    } else if (!served_) {
        listener_.reset();
    }
}

void ServerCore::begin_stop() noexcept {
    if (std::exchange(stopping_, true)) return;
    Reactor::current().log(LogLevel::info, "http", [&] {
        return "the server on " + address_.to_string() + " stops, with " + std::to_string(count_) + " connections, " +
               std::to_string(busy_connections()) + " of them busy";
    });
    connections_.for_each([](ServerConnection& connection) { connection.stop_if_idle(); });
    clients_->set_deadline(later(Reactor::current().now(), settings_.grace));
}

std::size_t ServerCore::busy_connections() noexcept {
    std::size_t busy = 0;
    connections_.for_each([&](ServerConnection& connection) { busy += connection.busy() ? 1 : 0; });
    return busy;
}

Task<Response> ServerCore::handle(Request& request) {
    try {
        return handler_(request);
    } catch (...) {
        return failed(Failure::current());
    }
}

std::string_view ServerCore::date_line() {
    Reactor& reactor = Reactor::current();
    if (reactor.now() >= date_until_) {
        auto time = reactor.kernel().wall_clock();
        auto second = std::chrono::floor<std::chrono::seconds>(time);
        date_line_ = "date: " + http_date(second) + "\r\n";
        date_until_ = reactor.now() + (second + std::chrono::seconds(1) - time);
    }
    return date_line_;
}

void ServerCore::add(ServerConnection& connection) noexcept { connections_.push_back(connection); }

void ServerCore::leave() noexcept {
    --count_;
    if (vacancy_ != nullptr && count_ < settings_.connections) std::exchange(vacancy_, nullptr)->resume();
}

} // namespace corduroy::http
