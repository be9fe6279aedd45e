#include <corduroy/testing/stub_server.hpp>

#include <utility>

namespace corduroy::testing {

namespace {

// Text in a line of a report; not all of it where it is long.
std::string in_quotes(std::string_view text) {
    constexpr std::size_t shown = 200;
    std::string out = "\"" + std::string(text.substr(0, shown)) + "\"";
    if (text.size() > shown) out += "... (" + std::to_string(text.size()) + " bytes)";
    return out;
}

} // namespace

StubExpectation& StubExpectation::header(std::string_view name, std::string_view value) {
    headers_.push_back({std::string(name), std::string(value)});
    return *this;
}

StubExpectation& StubExpectation::no_header(std::string_view name) {
    headers_.push_back({std::string(name), std::nullopt});
    return *this;
}

StubExpectation& StubExpectation::body(std::string text) {
    body_ = std::move(text);
    return *this;
}

StubExpectation& StubExpectation::where(std::string what, std::function<bool(const StubRequest&)> predicate) {
    predicates_.push_back({std::move(what), std::move(predicate)});
    return *this;
}

StubExpectation& StubExpectation::times(std::size_t count) {
    least_ = most_ = count;
    return *this;
}

StubExpectation& StubExpectation::any_times() {
    least_ = 0;
    most_ = std::numeric_limits<std::size_t>::max();
    return *this;
}

StubExpectation& StubExpectation::answer(StubAnswer answer) {
    answer_ = std::move(answer);
    return *this;
}

StubExpectation& StubExpectation::answer(int status, std::string body, std::string_view content_type) {
    return answer(StubAnswer(status, std::move(body), content_type));
}

std::vector<std::string> StubExpectation::differences(const StubRequest& request) const {
    std::vector<std::string> found;
    if (request.method != method_) found.push_back("the method is " + request.method + ", not " + method_);
    if (request.url != url_) found.push_back("the URL is " + request.url + ", not " + url_);
    for (const Rule& rule : headers_) {
        auto value = request.headers.get(rule.name);
        if (rule.value && !value)
            found.push_back("the header " + rule.name + " is missing");
        else if (rule.value && *value != *rule.value)
            found.push_back("the header " + rule.name + " is " + in_quotes(*value) + ", not " + in_quotes(*rule.value));
        else if (!rule.value && value)
            found.push_back("the header " + rule.name + " should not be there");
    }
    if (body_ && request.body != *body_)
        found.push_back("the body is " + in_quotes(request.body) + ", not " + in_quotes(*body_));
    for (const Predicate& predicate : predicates_)
        if (!predicate.holds(request)) found.push_back("it does not hold that " + predicate.what);
    return found;
}

} // namespace corduroy::testing
