#pragma once

#include "http/client_core.hpp"

#include <corduroy/http/request_builder.hpp>
#include <corduroy/http/response.hpp>
#include <corduroy/http/url.hpp>

#include <string>

namespace corduroy::http {

// The digest authentication of one request on its way through redirects: for its own origin alone, with the request's
// credentials, or else the client's.
class DigestKeeping {
public:
    DigestKeeping(ClientCore& core, const RequestPlan& plan, const Url& first);

    // Adds the Authorization, where the server's challenge is known.
    void add_to(RequestPlan& plan, const Url& to);
    // Whether the answer asks for it, and the request is to be sent once more. Throws http::Error where its body cannot
    // be.
    bool asks_again(const RequestPlan& plan, const Url& from, const Response& response);

private:
    bool is_for(const Url& url) const { return !user_.empty() && url.origin() == origin_; }

    ClientCore& core_;
    std::string user_; // empty: there is none to do
    std::string password_;
    std::string origin_;
    bool answered_ = false; // the last request had an answer to a challenge
    unsigned tries_ = 0;
};

} // namespace corduroy::http
