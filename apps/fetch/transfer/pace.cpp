#include "transfer/pace.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/http/url.hpp>

namespace fetch {

using corduroy::Task;
namespace http = corduroy::http;

namespace {

// Empty for what is no URL, which is told when it is asked for.
std::string host_of(const std::string& url) {
    try {
        return std::string(http::Url::parse(url).host());
    } catch (const corduroy::Error&) {
        return {};
    }
}

} // namespace

Pace::Pace(const Options& options) {
    if (options.rate) of_all_.emplace(options.rate->count, options.rate->per, 1);
    if (options.rate_of_host) of_host_.emplace(options.rate_of_host->count, options.rate_of_host->per, 1);
}

Task<> Pace::turn(const std::string& url) {
    // The host's first: who waits for it keeps no turn of all that another host's could have.
    if (of_host_) co_await of_host_->acquire(host_of(url));
    if (of_all_) co_await of_all_->acquire();
}

} // namespace fetch
