#pragma once

#include "http/client_core.hpp"
#include "http/request_plan.hpp"

#include <corduroy/base/frame_pool.hpp>
#include <corduroy/http/response.hpp>
#include <corduroy/http/url.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace corduroy::http {

// The digest authentication of one request on its way through redirects: for its own origin alone, with the request's
// credentials, or else the client's.
class DigestKeeping {
public:
    DigestKeeping(ClientCore& core, const RequestPlan& plan, const Url& first) {
        if (!plan.extras->digest_user.empty() || !core.settings().digest_user.empty()) take_own(core, plan, first);
    }

    // Adds the Authorization, where the server's challenge is known.
    void add_to(RequestPlan& plan, const Url& to) {
        if (own_) add_now(plan, to);
    }
    // Whether the answer asks for it, and the request is to be sent once more. Throws http::Error where its body cannot
    // be.
    bool asks_again(const RequestPlan& plan, const Url& from, const Response& response) {
        if (!own_) return false;
        if (response.status() == 401) return takes_up(plan, from, response);
        own_->tries = 0; // where a redirect leads on, another challenge may wait
        return false;
    }

private:
    struct Own : FromFramePool {
        Own(ClientCore& core, std::string_view user, std::string_view password, const Url& first)
            : core(core), user(user), password(password), origin(first.origin()) {}
        bool is_for(const Url& url) const { return url.origin() == origin; }

        ClientCore& core;
        std::string user;
        std::string password;
        std::string origin;
        bool answered = false; // the last request had an answer to a challenge
        unsigned tries = 0;
    };

    // What is seldom done stands by itself: what a coroutine does between its awaits may take room in its frame.
    [[gnu::noinline]] void take_own(ClientCore& core, const RequestPlan& plan, const Url& first);
    [[gnu::noinline]] void add_now(RequestPlan& plan, const Url& to);
    // Of a 401.
    [[gnu::noinline]] bool takes_up(const RequestPlan& plan, const Url& from, const Response& response);

    std::unique_ptr<Own> own_; // null: there is none to do
};

} // namespace corduroy::http
