#include <corduroy/http/middleware.hpp>

#include "http/client_core.hpp"
#include "http/generated_body.hpp"
#include "http/request_plan.hpp"
#include "http/sending.hpp"
#include "http/without_secrets.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/http/error.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace corduroy::http {

namespace {

// What sending a request changes in its plan, to be put back for another time.
class PlanKeeper {
public:
    explicit PlanKeeper(RequestPlan& plan)
        : plan_(plan), method_(plan.method), address_(plan.address), headers_(plan.headers), content_(plan.content),
          target_(plan.extras->target), redirects_(plan.redirects) {}
    PlanKeeper(const PlanKeeper&) = delete;
    PlanKeeper& operator=(const PlanKeeper&) = delete;
    ~PlanKeeper() {
        plan_.method.swap(method_);
        std::swap(plan_.address, address_);
        std::swap(plan_.headers, headers_);
        std::swap(plan_.content, content_);
        if (!target_.empty()) plan_.extras.own()->target.swap(target_);
        plan_.redirects = redirects_;
    }

private:
    RequestPlan& plan_;
    std::string method_;
    RequestAddress address_;
    Headers headers_;
    Seldom<RequestPlan::Content> content_;
    std::string target_;
    std::optional<unsigned> redirects_;
};

Task<Response> send_kept(RequestPlan& plan) {
    if (plan.content->generated && !plan.content->generated->can_be_sent())
        throw BodySpent({plan.method, without_secrets(plan.address.given_text()), Phase::send},
                        "the body can be sent only once");
    PlanKeeper keeper(plan);
    co_return co_await send_plainly(plan);
}

Task<Response> call_middleware(const Middleware& middleware, OutgoingRequest& request, Next next) {
    co_return co_await middleware(request, next);
}

} // namespace

const std::string& OutgoingRequest::method() const noexcept { return plan_.method; }
void OutgoingRequest::set_method(std::string_view method) { plan_.method = method; }

std::string OutgoingRequest::url() const { return plan_.address.text(); }
void OutgoingRequest::set_url(std::string_view url) { plan_.address = RequestAddress(url); }

Headers& OutgoingRequest::headers() noexcept { return plan_.headers; }
const Headers& OutgoingRequest::headers() const noexcept { return plan_.headers; }
const std::string& OutgoingRequest::body() const noexcept { return plan_.content->body; }

void OutgoingRequest::set_body(std::string body) {
    RequestPlan::Content& content = plan_.content.make();
    content.generated.reset();
    content.multipart.reset();
    content.body = std::move(body);
}

bool OutgoingRequest::replayable() const noexcept {
    return !plan_.content->generated || plan_.content->generated->make;
}
bool OutgoingRequest::streamed() const noexcept { return plan_.streamed; }

Task<Response> Next::operator()(OutgoingRequest& request) const {
    const std::vector<Middleware>& all = core_.settings().middleware;
    if (index_ == all.size()) return send_kept(request.plan_);
    return call_middleware(all[index_], request, Next(core_, index_ + 1));
}

} // namespace corduroy::http
