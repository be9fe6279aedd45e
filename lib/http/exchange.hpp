#pragma once

#include "http/client_core.hpp"
#include "http/phase_clock.hpp"
#include "http/pool.hpp"
#include "http/request_plan.hpp"
#include "http/tracing.hpp"

#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/result.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/http/response.hpp>
#include <corduroy/http/trace.hpp>
#include <corduroy/http/url.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace corduroy::http {

// One request and its answer, without redirects: takes a connection from the pool, sends, and reads the head, and the
// body unless it is streamed, or a redirect's that will be followed. A request that found its kept-alive connection
// dead is sent once more on a new one, where its method is idempotent. The answer is made where the caller wants it,
// who has none until then.
//
//     Exchange exchange(core, plan, url, answer);
//     exchange.conclude(co_await exchange.run());
//
// What happens with every request stands in one coroutine: each further one on the way would cost a kept-alive
// connection some 3% of what is ours in a request.
class Exchange final : private ConnectObserver {
public:
    // All of them outlive it.
    Exchange(ClientCore& core, const RequestPlan& plan, const Url& url, Response& answer);
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange() = default;

    // To be awaited, once: all of it, in the scope of its clock.
    detail::InScope<void> run() noexcept { return detail::in_scope(clock_.scope(), steps_); }
    // Tells the log what came of that, and the trace of a failure; throws what it failed with, by method, URL and
    // phase. A caller whose exchange failed has no answer.
    void conclude(const Result<void>& outcome);

private:
    Task<> take_steps();
    Task<> open_connection();
    void reached(TraceStep step) override;
    void enter_tls();
    void note(TraceStep step, TimePoint& time, int status = 0, std::uint64_t bytes = 0);
    void send_head(ClientConnection& connection, std::optional<Duration> wait);
    void hand_connection_over();
    void stream_body();
    void leave_body();

    const ClientSettings& settings() const noexcept { return core_.settings(); }
    bool has_content() const noexcept;
    bool connection_is_fresh() const noexcept;
    bool will_be_followed(const ResponseHead& head) const;
    std::optional<Duration> pool_timeout() const noexcept;
    Duration silence_timeout() const noexcept;
    std::size_t body_limit() const noexcept;
    [[noreturn]] static void raise_too_large(std::size_t limit);
    std::string request_line() const { return plan_.method + " " + url_.href(); }

    ClientCore& core_;
    const RequestPlan& plan_;
    const Url& url_;
    Response& answer_;
    PhaseClock clock_;
    Tracing tracing_;
    const Proxy* proxy_; // null: none
    TimePoint connect_deadline_{};
    Timings times_;
    Pool::Lease lease_;
    Task<> steps_; // the last: it ends before what it works with
};

} // namespace corduroy::http
