#include "http/default_fields.hpp"

#include "http/content/codings.hpp"

#include <corduroy/http/request_head.hpp>

#include <string_view>

namespace corduroy::http {

namespace {

constexpr std::string_view any_type_accepted = "accept: */*\r\n";
constexpr std::string_view no_coding_accepted = "accept-encoding: identity\r\n";

} // namespace

DefaultFields::DefaultFields(const ClientSettings& settings) {
    if (!settings.user_agent.empty()) append_field(user_agent_, "user-agent", settings.user_agent);
    if (settings.decoding.enabled) append_field(accept_encoding_, "accept-encoding", accepted_codings());
    all_.append(user_agent_).append(any_type_accepted).append(accept_encoding_);
}

void DefaultFields::append_some(std::string& out, const RequestPlan& plan) const {
    if (takes_default(plan, "user-agent")) out.append(user_agent_);
    if (takes_default(plan, "accept")) out.append(any_type_accepted);
    bool accepts_codings = plan.decoding && !accept_encoding_.empty() && takes_default(plan, "accept-encoding");
    if (accepts_codings) out.append(plan.headers.contains("range") ? no_coding_accepted : accept_encoding_);
}

} // namespace corduroy::http
