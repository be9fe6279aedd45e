#pragma once

#include "http/client_core.hpp"
#include "http/request_plan.hpp"

#include <corduroy/http/trace.hpp>
#include <corduroy/http/url.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <cstdint>
#include <string_view>

namespace corduroy::http {

// Tells a request's trace and its client's, where there are any.
class Tracing {
public:
    Tracing(const ClientCore& core, const RequestPlan& plan, const Url& url) noexcept
        : core_(core), plan_(plan), url_(url), wanted_(plan.extras->trace || core.settings().trace) {}

    void tell(TraceStep step, int status = 0, std::uint64_t bytes = 0, std::string_view detail = {}) const {
        if (wanted_) [[unlikely]]
            tell_now(step, status, bytes, detail);
    }

    void tell_sent(std::uint64_t bytes, const net::ByteStream& connection) const {
        if (wanted_) [[unlikely]]
            tell_now(TraceStep::sent, 0, bytes, {}, &connection);
    }

private:
    void tell_now(TraceStep step, int status, std::uint64_t bytes, std::string_view detail,
                  const net::ByteStream* connection = nullptr) const {
        TraceEvent event{step, Reactor::current().now(), plan_.method, url_.href(), status, bytes, detail, connection};
        if (plan_.extras->trace) plan_.extras->trace(event);
        if (core_.settings().trace) core_.settings().trace(event);
    }

    const ClientCore& core_;
    const RequestPlan& plan_;
    const Url& url_;
    const bool wanted_;
};

} // namespace corduroy::http
