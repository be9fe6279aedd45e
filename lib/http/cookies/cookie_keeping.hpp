#pragma once

#include "http/request_plan.hpp"

#include <corduroy/http/client_settings.hpp>
#include <corduroy/http/response.hpp>
#include <corduroy/http/url.hpp>

#include <memory>
#include <string>

namespace corduroy::http {

// The cookies of one request on its way through redirects: its own, which no other origin gets, and those of the
// client's jar; or where the client has none, those that were set on the way.
class CookieKeeping {
public:
    // `first` is where the request goes at first.
    CookieKeeping(const RequestPlan& plan, const ClientSettings& settings, const Url& first)
        : jar_(settings.cookies.get()) {
        if (plan.headers.contains("cookie") || !plan.extras->cookies.empty()) take_own(plan, first);
    }

    // Makes the plan's Cookie header that for `to`.
    void add_to(RequestPlan& plan, const Url& to) {
        bool may_change = own_ || (jar_ != nullptr && !(jar_->empty() && plan.headers.empty()));
        if (may_change) add_now(plan, to);
    }
    void take_from(const Url& from, const Headers& headers) {
        if (headers.contains("set-cookie")) take_now(from, headers);
    }

private:
    struct Own : FromFramePool {
        std::string cookies;
        std::string origin; // whose they are
    };

    // What is seldom done stands by itself: what a coroutine does between its awaits may take room in its frame.
    [[gnu::noinline]] void take_own(const RequestPlan& plan, const Url& first);
    [[gnu::noinline]] void add_now(RequestPlan& plan, const Url& to);
    [[gnu::noinline]] void take_now(const Url& from, const Headers& headers);

    CookieJar* jar_;
    std::unique_ptr<CookieJar> on_the_way_;
    std::unique_ptr<Own> own_; // null where there are none
};

} // namespace corduroy::http
