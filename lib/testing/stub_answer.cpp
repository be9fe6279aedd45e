#include <corduroy/testing/stub_answer.hpp>

#include <corduroy/http/body_framing.hpp>

#include <utility>

namespace corduroy::testing {

StubAnswer::StubAnswer(int status, std::string body, std::string_view content_type) : body_(std::move(body)) {
    head_.status = status;
    if (!body_.empty() && !content_type.empty()) head_.headers.add("content-type", content_type);
}

StubAnswer StubAnswer::raw(std::string bytes) {
    StubAnswer answer;
    answer.raw_ = true;
    answer.body_ = std::move(bytes);
    return answer;
}

StubAnswer StubAnswer::of(http::Response response) {
    StubAnswer answer;
    answer.head_ = std::move(response.head());
    answer.body_ = std::move(response).bytes();
    return answer;
}

StubAnswer StubAnswer::silence() { return raw("").then_silence(); }

StubAnswer&& StubAnswer::header(std::string_view name, std::string_view value) && {
    head_.headers.add(name, value);
    return std::move(*this);
}

StubAnswer&& StubAnswer::after(Duration time) && {
    delay_ = time;
    return std::move(*this);
}

StubAnswer&& StubAnswer::then(std::string bytes) && {
    rest_.push_back({Step::Kind::bytes, std::move(bytes), {}});
    return std::move(*this);
}

StubAnswer&& StubAnswer::pause(Duration time) && {
    rest_.push_back({Step::Kind::pause, {}, time});
    return std::move(*this);
}

StubAnswer&& StubAnswer::then_close() && {
    rest_.push_back({Step::Kind::close, {}, {}});
    return std::move(*this);
}

StubAnswer&& StubAnswer::then_reset() && {
    ends_early_ = true;
    rest_.push_back({Step::Kind::reset, {}, {}});
    return std::move(*this);
}

StubAnswer&& StubAnswer::then_silence() && {
    ends_early_ = true;
    rest_.push_back({Step::Kind::silence, {}, {}});
    return std::move(*this);
}

std::vector<StubAnswer::Step> StubAnswer::steps(std::string_view method) const {
    std::vector<Step> steps;
    if (delay_ > Duration::zero()) steps.push_back({Step::Kind::pause, {}, delay_});
    if (raw_) {
        steps.push_back({Step::Kind::bytes, body_, {}});
        steps.insert(steps.end(), rest_.begin(), rest_.end());
        return steps;
    }
    bool streamed = false;
    for (const Step& step : rest_) streamed = streamed || step.kind == Step::Kind::bytes;
    std::optional<std::uint64_t> size;
    if (!streamed) size = body_.size();
    auto framing = http::response_framing(method, http::Version::http_1_1, head_.status, size);
    http::ResponseHead head = head_;
    // To HEAD it says what it would say to GET; what must have no body says nothing of one.
    if (framing != http::BodyFraming::none)
        http::set_framing(head.headers, framing, body_.size());
    else if (method == "HEAD" && !streamed && !head.headers.contains("content-length"))
        http::set_framing(head.headers, http::BodyFraming::sized, body_.size());
    std::string bytes;
    http::append_head(bytes, head);
    bool chunked = framing == http::BodyFraming::chunked;
    if (chunked)
        http::append_chunk(bytes, body_);
    else if (framing != http::BodyFraming::none)
        bytes += body_;
    steps.push_back({Step::Kind::bytes, std::move(bytes), {}});
    bool ended = false;
    auto end_body = [&] {
        if (chunked && !ended) steps.push_back({Step::Kind::bytes, std::string(http::end_of_chunks), {}});
        ended = true;
    };
    for (const Step& step : rest_) {
        if (step.kind == Step::Kind::bytes && !chunked) continue;
        if (step.kind == Step::Kind::close) end_body();
        steps.push_back(step);
        if (step.kind != Step::Kind::bytes) continue;
        steps.back().bytes.clear();
        http::append_chunk(steps.back().bytes, step.bytes);
    }
    if (!ends_early_) end_body();
    return steps;
}

} // namespace corduroy::testing
