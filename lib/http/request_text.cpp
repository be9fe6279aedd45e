#include "http/request_text.hpp"

#include "http/generated_body.hpp"
#include "http/proxy/proxied_connect.hpp"

#include <corduroy/http/body_framing.hpp>
#include <corduroy/http/request_head.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace corduroy::http {

namespace {

// Bodies up to this size travel with the head in one send.
constexpr std::size_t small_body = 64 * 1024;

void append_own_fields(std::string& out, const Headers& fields, bool forwarded) {
    for (auto [name, value] : fields) {
        if (is_ours_to_say(name)) continue;
        if (!forwarded && equal_ignoring_case(name, "proxy-authorization")) continue; // none of the origin's business
        out.append(name).append(": ").append(value).append("\r\n");
    }
}

void append_framing(std::string& out, const RequestPlan& plan) {
    std::optional<std::uint64_t> size = plan.content->body.size();
    if (plan.content->generated) size = plan.content->generated->size;
    BodyFraming framing = request_framing(plan.method, size);
    if (framing == BodyFraming::sized) append_field(out, "content-length", std::to_string(*size));
    if (framing == BodyFraming::chunked) append_field(out, "transfer-encoding", "chunked");
}

} // namespace

bool is_ours_to_say(std::string_view name) noexcept {
    return equal_ignoring_case(name, "host") || equal_ignoring_case(name, "content-length") ||
           equal_ignoring_case(name, "transfer-encoding") || equal_ignoring_case(name, "expect");
}

bool body_travels_along(const RequestPlan& plan, std::optional<Duration> wait) noexcept {
    return plan.content->body.empty() || (plan.content->body.size() <= small_body && !wait);
}

std::string_view origin_of(const Url& url) noexcept {
    const char* end = url.authority().data() + url.authority().size();
    return {url.href().data(), static_cast<std::size_t>(end - url.href().data())};
}

// A Url's parts need no second look, nor do the fields of Headers, nor a method that `prepare` has seen. No room is
// made first: the text is mostly one that has been used before.
void append_request(std::string& out, const RequestPlan& plan, const Url& url, const Proxy* proxy,
                    const DefaultFields& defaults, std::optional<Duration> wait) {
    bool forwarded = is_forwarded(proxy, url);
    std::string_view target = plan.extras->target.empty() ? url.target() : std::string_view(plan.extras->target);
    out.append(plan.method).append(" ");
    if (forwarded && target.front() == '/') out.append(origin_of(url)); // the absolute form, RFC 9112 section 3.2.2
    out.append(target).append(" HTTP/1.1\r\nhost: ");
    out.append(plan.headers.get("host").value_or(url.authority())).append("\r\n");
    defaults.append_to(out, plan);
    append_own_fields(out, plan.headers, forwarded);
    if (forwarded) append_proxy_fields(out, *proxy, plan.headers.contains("proxy-authorization"));
    append_framing(out, plan);
    if (wait) append_field(out, "expect", "100-continue");
    out.append("\r\n");
    if (body_travels_along(plan, wait)) out += plan.content->body;
}

} // namespace corduroy::http
