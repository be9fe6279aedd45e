#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/suspension.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/base/unique_function.hpp>
#include <corduroy/http/request.hpp>
#include <corduroy/http/response.hpp>
#include <corduroy/http/server_settings.hpp>
#include <corduroy/net/listener.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace corduroy::http {

class ServerConnection;

// What a Server is made of: the listener, the handler, and the connections that are open.
//
// While it serves there are two scopes. Accepting stands in that of `serve`, and ends with it at once. The connections
// stand in one that is shielded from it: when the server stops those that are idle are closed one by one, and the rest
// is cancelled when the grace time has passed. All are Tasks of one group, which joins them.
class ServerCore {
public:
    using Call = UniqueFunction<Task<Response>(Request&)>;

    // A place among the connections that there may be, held as long as this lives.
    class Place {
    public:
        explicit Place(ServerCore& core) noexcept : core_(&core) { ++core.count_; }
        Place(Place&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
        Place& operator=(Place&&) = delete;
        ~Place() {
            if (core_ != nullptr) core_->leave();
        }

    private:
        ServerCore* core_;
    };

    ServerCore(net::Listener listener, const ServerSettings& settings);
    ServerCore(const ServerCore&) = delete;
    ServerCore& operator=(const ServerCore&) = delete;

    const net::Address& address() const noexcept { return address_; }
    ServerSettings& settings() noexcept { return settings_; }

    Task<> serve(Call handler);
    void stop() noexcept;

    std::size_t connections() const noexcept { return count_; }
    std::size_t busy_connections() noexcept;

    // ---- for the connections ----

    bool stopping() const noexcept { return stopping_; }
    // The scope of all that goes on for the clients.
    CancelScope& clients_scope() noexcept { return *clients_; }
    // Calls the handler; what it throws before it gives a Task becomes that Task's failure.
    Task<Response> handle(Request& request);
    // "date: ...\r\n", of this second.
    std::string_view date_line();

    void add(ServerConnection& connection) noexcept;
    // Tells the log of a connection that could not be served, and was closed for that.
    void tell_shed(const Failure& failure) noexcept;

private:
    // Waits for a connection to end, where there are as many as there may be.
    class Vacancy : public Suspension {
    public:
        explicit Vacancy(ServerCore& core) noexcept : Suspension(&cancel), core_(core) {}

        bool await_ready() const noexcept { return core_.count_ < core_.settings_.connections; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
            suspend(handle);
            core_.vacancy_ = this;
        }
        void await_resume() const { raise_if_cancelled(); }
        static constexpr const char* wait_words = "the end of a connection, as there are as many as there may be";

    private:
        static void cancel(Waiter& waiter) noexcept {
            auto& self = static_cast<Vacancy&>(waiter);
            self.core_.vacancy_ = nullptr;
            self.cancelled();
        }

        ServerCore& core_;
    };

    Task<> accept_until_stopped(TaskGroup& group);
    Task<> accept_connections(TaskGroup& group);
    void begin_stop() noexcept;
    void leave() noexcept;

    std::optional<net::Listener> listener_;
    net::Address address_;
    ServerSettings settings_;
    Call handler_;
    CancelScope* clients_ = nullptr;   // while it serves
    CancelScope* accepting_ = nullptr; // while it accepts
    Vacancy* vacancy_ = nullptr;
    IntrusiveList<ServerConnection> connections_;
    std::size_t count_ = 0;
    bool served_ = false;
    bool stop_asked_ = false;
    bool stopping_ = false;
    std::string date_line_;
    TimePoint date_until_{};
};

} // namespace corduroy::http
