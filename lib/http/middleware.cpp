#include <corduroy/http/middleware.hpp>

#include "http/client_core.hpp"
#include "http/generated_body.hpp"
#include "http/sending.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/request_builder.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace corduroy::http {

namespace {

// What sending a request changes in its plan, to be put back for another time.
class PlanKeeper {
public:
    explicit PlanKeeper(RequestPlan& plan)
        : plan_(plan), method_(plan.method), url_(plan.url), query_(plan.query), parsed_url_(plan.parsed_url),
          headers_(plan.headers), body_(plan.body), generated_(plan.generated), multipart_(plan.multipart),
          redirects_(plan.redirects) {}
    PlanKeeper(const PlanKeeper&) = delete;
    PlanKeeper& operator=(const PlanKeeper&) = delete;
    ~PlanKeeper() {
        plan_.method.swap(method_);
        plan_.url.swap(url_);
        plan_.query.swap(query_);
        plan_.parsed_url.swap(parsed_url_);
        std::swap(plan_.headers, headers_);
        plan_.body.swap(body_);
        plan_.generated.swap(generated_);
        plan_.multipart.swap(multipart_);
        plan_.redirects = redirects_;
    }

private:
    RequestPlan& plan_;
    std::string method_;
    std::string url_;
    std::string query_;
    std::optional<Url> parsed_url_;
    Headers headers_;
    std::string body_;
    std::shared_ptr<GeneratedBody> generated_;
    std::shared_ptr<Multipart> multipart_;
    std::optional<unsigned> redirects_;
};

Task<Response> send_kept(RequestPlan& plan) {
    if (plan.generated && !plan.generated->can_be_sent())
        throw Error({plan.method, plan.url, Phase::send}, "the body can be sent only once");
    PlanKeeper keeper(plan);
    co_return co_await send_plainly(plan);
}

Task<Response> call_middleware(const Middleware& middleware, OutgoingRequest& request, Next next) {
    co_return co_await middleware(request, next);
}

} // namespace

const std::string& OutgoingRequest::method() const noexcept { return plan_.method; }
void OutgoingRequest::set_method(std::string_view method) { plan_.method = method; }

std::string OutgoingRequest::url() const { return plan_.parsed_url ? plan_.parsed_url->href() : plan_.url; }
void OutgoingRequest::set_url(std::string_view url) {
    plan_.parsed_url.reset();
    plan_.url = url;
}

Headers& OutgoingRequest::headers() noexcept { return plan_.headers; }
const Headers& OutgoingRequest::headers() const noexcept { return plan_.headers; }
const std::string& OutgoingRequest::body() const noexcept { return plan_.body; }

void OutgoingRequest::set_body(std::string body) {
    plan_.generated.reset();
    plan_.multipart.reset();
    plan_.body = std::move(body);
}

bool OutgoingRequest::replayable() const noexcept { return !plan_.generated || plan_.generated->make; }
bool OutgoingRequest::streamed() const noexcept { return plan_.streamed; }

Task<Response> Next::operator()(OutgoingRequest& request) const {
    const std::vector<Middleware>& all = core_.settings().middleware;
    if (index_ == all.size()) return send_kept(request.plan_);
    return call_middleware(all[index_], request, Next(core_, index_ + 1));
}

} // namespace corduroy::http
