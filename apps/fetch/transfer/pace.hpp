#pragma once

#include "options/options.hpp"

#include <corduroy/async/combine/keyed_rate_limiter.hpp>
#include <corduroy/async/combine/rate_limiter.hpp>
#include <corduroy/async/task.hpp>

#include <optional>
#include <string>

namespace fetch {

// Spaces the requests of a run as --rate and --rate-host have it, one after the other and never several at once.
class Pace {
public:
    explicit Pace(const Options& options);

    // Returns when a request for the URL may begin; at once where there is no rate.
    corduroy::Task<> turn(const std::string& url);

private:
    std::optional<corduroy::RateLimiter> of_all_;
    std::optional<corduroy::KeyedRateLimiter<>> of_host_; // by host, whatever the port
};

} // namespace fetch
