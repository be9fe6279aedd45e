#include "http/cookies/cookie_keeping.hpp"

#include "http/preparation.hpp"

#include <corduroy/reactor/reactor.hpp>

namespace corduroy::http {

namespace {

void append_cookies(std::string& text, std::string_view more) {
    if (!text.empty() && !more.empty()) text += "; ";
    text += more;
}

} // namespace

void CookieKeeping::take_own(const RequestPlan& plan, const Url& first) {
    own_ = std::make_unique<Own>();
    for (std::string_view each : plan.headers.get_all("cookie")) append_cookies(own_->cookies, each);
    append_cookies(own_->cookies, plan.extras->cookies);
    own_->origin = first.origin();
}

void CookieKeeping::add_now(RequestPlan& plan, const Url& to) {
    std::string text;
    if (own_) {
        if (!plan.trusted_redirects && to.origin() != own_->origin) own_->cookies.clear();
        text = own_->cookies;
    }
    if (jar_ != nullptr && !jar_->empty() && !does_without(plan, "cookie"))
        append_cookies(text, jar_->header_for(to, Reactor::current().kernel().wall_clock()));
    if (!text.empty())
        plan.headers.set("cookie", text);
    else if (plan.headers.contains("cookie"))
        plan.headers.remove("cookie");
}

void CookieKeeping::take_now(const Url& from, const Headers& headers) {
    if (jar_ == nullptr) {
        on_the_way_ = std::make_unique<CookieJar>();
        jar_ = on_the_way_.get();
    }
    jar_->set_all(from, headers, Reactor::current().kernel().wall_clock());
}

} // namespace corduroy::http
