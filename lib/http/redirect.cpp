#include "http/redirect.hpp"

#include "http/generated_body.hpp"

#include <corduroy/http/error.hpp>
#include <corduroy/http/status.hpp>

#include <exception>
#include <string>

namespace corduroy::http {

std::optional<Url> redirect_target(const Response& response, const RequestPlan& plan, const Url& from, bool insecure) {
    if (!is_redirect_status(response.status())) return std::nullopt;
    auto location = response.headers().get("location");
    // An empty one leads to where it came from; for curl it is none, too.
    if (!location || location->empty()) return std::nullopt;
    std::string address = from.redacted();
    ErrorContext context{.method = plan.method, .url = address, .phase = Phase::head};
    try {
        Url to = from.join(*location);
        if (from.is_secure() && !to.is_secure() && !insecure)
            throw RedirectError(context, "it redirects from https to " + to.redacted() + ", which is not followed");
        // RFC 9110 section 10.2.2: the fragment goes along, unless the new place has one.
        if (from.has_fragment() && !to.has_fragment()) to = to.with_fragment(from.fragment());
        return to;
    } catch (const UnsupportedUrl& error) {
        throw RedirectError(context, "it redirects to a place that cannot be followed: " + std::string(error.what()),
                            std::current_exception());
    }
}

namespace {

// What speaks of a body goes with it (RFC 9110 section 15.4; the newer digests are of RFC 9530).
constexpr const char* of_a_body[] = {"content-type", "content-encoding", "content-language", "content-location",
                                     "digest",       "content-digest",   "repr-digest",      "last-modified"};

void drop_body(RequestPlan& plan) {
    if (RequestPlan::Content* content = plan.content.own()) {
        content->body.clear();
        content->generated.reset();
    }
    for (const char* name : of_a_body) plan.headers.remove(name);
}

} // namespace

void follow(RequestPlan& plan, int status, const Url& from, const Url& to) {
    if (RequestPlan::Extras* extras = plan.extras.own()) extras->target.clear();
    bool found = status == 301 || status == 302;
    bool see_other = status == 303;
    RedirectMethod method = RedirectMethod::kept;
    if (found || see_other) method = plan.redirect_methods[static_cast<std::size_t>(status - 301)];
    if (method == RedirectMethod::kept_without_body) {
        drop_body(plan);
    } else if (method == RedirectMethod::changed) {
        bool becomes_get = (see_other && plan.method != "HEAD") || (found && plan.method == "POST");
        if (becomes_get) {
            plan.method = "GET";
            drop_body(plan);
        }
    }
    if (plan.content->generated && !plan.content->generated->can_be_sent()) {
        std::string address = from.redacted();
        ErrorContext context{.method = plan.method, .url = address, .phase = Phase::head};
        throw RedirectError(context, "it redirects to " + to.redacted() + ", and the body can be sent only once",
                            std::make_exception_ptr(BodySpent(context, "the body can be sent only once")));
    }
    if (!from.same_origin(to)) {
        for (const char* name : {"proxy-authorization", "host"}) plan.headers.remove(name);
        if (plan.trusted_redirects) return;
        for (const char* name : {"authorization", "cookie"}) plan.headers.remove(name);
    }
}

} // namespace corduroy::http
