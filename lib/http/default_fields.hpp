#pragma once

#include "http/preparation.hpp"
#include "http/request_plan.hpp"

#include <corduroy/http/client_settings.hpp>

#include <string>

namespace corduroy::http {

// The lines of a head that a client adds to every request which does not say them itself: User-Agent, Accept and
// Accept-Encoding. The last is what is decoded, but for a part of something none, for parts are of what is encoded.
class DefaultFields {
public:
    // Raises http::Error where the settings' User-Agent is none that can be sent.
    explicit DefaultFields(const ClientSettings& settings);

    void append_to(std::string& out, const RequestPlan& plan) const {
        if (takes_all_defaults(plan) && plan.decoding) [[likely]]
            out.append(all_);
        else
            append_some(out, plan);
    }

private:
    void append_some(std::string& out, const RequestPlan& plan) const;

    std::string user_agent_;      // empty: none is sent
    std::string accept_encoding_; // empty: nothing is decoded
    std::string all_;
};

} // namespace corduroy::http
