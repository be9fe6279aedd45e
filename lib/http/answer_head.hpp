#pragma once

#include <corduroy/http/body_framing.hpp>
#include <corduroy/http/response.hpp>
#include <corduroy/http/version.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace corduroy::http {

// How a server sends the response that a handler gave.
struct AnswerPlan {
    BodyFraming framing = BodyFraming::none;
    // What Content-Length is to say; a body that is not sent (to HEAD, say) may have one.
    std::optional<std::uint64_t> content_length;
    bool keep_alive = false;
    Version peer = Version::http_1_1;
};

// `keep_alive` is whether the connection could be kept; the response may have reasons against it. Throws
// corduroy::Error where the response cannot be sent as an answer: a status that is none, a Content-Length that is none.
AnswerPlan plan_answer(const Response& response, std::string_view method, Version version, bool keep_alive);

// Appends the head. Connection and the framing are the server's to say, so what the handler said of them is left out;
// `date_line` goes in unless there is a Date.
void append_answer_head(std::string& out, const Response& response, const AnswerPlan& plan, std::string_view date_line);

} // namespace corduroy::http
