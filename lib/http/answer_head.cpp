#include "http/answer_head.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/http/response_head.hpp>
#include <corduroy/http/status.hpp>

#include <charconv>

namespace corduroy::http {

namespace {

bool is_servers_own(std::string_view name) noexcept {
    switch (name.size()) {
    case 10:
        return equal_ignoring_case(name, "connection") || equal_ignoring_case(name, "keep-alive");
    case 14:
        return equal_ignoring_case(name, "content-length");
    case 17:
        return equal_ignoring_case(name, "transfer-encoding");
    default:
        return false;
    }
}

void append_number(std::string& out, std::uint64_t number) {
    char digits[20];
    auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
    static_cast<void>(error);
    out.append(digits, end);
}

} // namespace

AnswerPlan plan_answer(const Response& response, std::string_view method, Version version, bool keep_alive) {
    int status = response.status();
    if (status < 200 || status > 999)
        throw corduroy::Error("an answer cannot have the status " + std::to_string(status));
    std::optional<std::uint64_t> size = response.streamed() ? content_length(response.headers())
                                                            : std::optional<std::uint64_t>(response.bytes().size());

    AnswerPlan plan;
    plan.peer = version;
    plan.framing = response_framing(method, version, status, size);
    plan.keep_alive =
        keep_alive && plan.framing != BodyFraming::until_close && !response.headers().has_token("connection", "close");
    if (plan.framing == BodyFraming::sized) {
        plan.content_length = size;
    } else if (status == 304 || (method == "HEAD" && status_has_body(status))) {
        // The size of what a GET would have been given, where the handler tells it.
        plan.content_length = content_length(response.headers());
        if (!plan.content_length && status != 304 && size != 0u) plan.content_length = size;
    }
    return plan;
}

void append_answer_head(std::string& out, const Response& response, const AnswerPlan& plan,
                        std::string_view date_line) {
    append_status_line(out, response.status(), response.reason());
    bool has_date = false;
    for (auto [name, value] : response.headers()) {
        if (is_servers_own(name)) continue;
        has_date = has_date || equal_ignoring_case(name, "date");
        out.append(name).append(": ").append(value).append("\r\n");
    }
    if (!has_date) out += date_line;
    if (plan.content_length) {
        out += "content-length: ";
        append_number(out, *plan.content_length);
        out += "\r\n";
    } else if (plan.framing == BodyFraming::chunked) {
        out += "transfer-encoding: chunked\r\n";
    }
    if (!plan.keep_alive)
        out += "connection: close\r\n";
    else if (plan.peer == Version::http_1_0)
        out += "connection: keep-alive\r\n";
    out += "\r\n";
}

} // namespace corduroy::http
