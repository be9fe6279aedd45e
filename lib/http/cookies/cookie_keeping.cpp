#include "http/cookies/cookie_keeping.hpp"

#include <corduroy/reactor/reactor.hpp>

namespace corduroy::http {

namespace {

void append_cookies(std::string& text, std::string_view more) {
    if (!text.empty() && !more.empty()) text += "; ";
    text += more;
}

} // namespace

CookieKeeping::CookieKeeping(const RequestPlan& plan, const ClientSettings& settings, const Url& first)
    : jar_(settings.cookies.get()) {
    for (std::string_view each : plan.headers.get_all("cookie")) append_cookies(own_, each);
    append_cookies(own_, plan.cookies);
    if (!own_.empty()) origin_ = first.origin();
}

void CookieKeeping::add_to(RequestPlan& plan, const Url& to) {
    if (!own_.empty() && !plan.trusted_redirects && to.origin() != origin_) own_.clear();
    std::string text = own_;
    if (jar_ != nullptr && !jar_->empty())
        append_cookies(text, jar_->header_for(to, Reactor::current().kernel().wall_clock()));
    if (!text.empty())
        plan.headers.set("cookie", text);
    else if (plan.headers.contains("cookie"))
        plan.headers.remove("cookie");
}

void CookieKeeping::take_all_from(const Url& from, const Headers& headers) {
    if (jar_ == nullptr) {
        on_the_way_ = std::make_unique<CookieJar>();
        jar_ = on_the_way_.get();
    }
    jar_->set_all(from, headers, Reactor::current().kernel().wall_clock());
}

} // namespace corduroy::http
