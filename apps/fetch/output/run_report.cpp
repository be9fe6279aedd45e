#include "output/run_report.hpp"

#include "output/utf8.hpp"

#include <chrono>
#include <cstdio>

namespace fetch {

using corduroy::Duration;
using corduroy::TimePoint;
namespace http = corduroy::http;

namespace {

std::string in_seconds(Duration time) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6f", std::chrono::duration<double>(time).count());
    return text;
}

// Also those above ASCII, which a terminal that shows the report may obey.
bool is_control(char32_t c) noexcept { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

class Object {
public:
    Object& text(std::string_view name, std::string_view value) { return raw(name, json_string(value)); }
    Object& number(std::string_view name, std::uint64_t value) { return raw(name, std::to_string(value)); }
    Object& time(std::string_view name, TimePoint from, TimePoint at) {
        return raw(name, at == TimePoint{} ? "null" : in_seconds(at - from));
    }
    Object& raw(std::string_view name, std::string_view value) {
        text_ += text_.empty() ? '{' : ',';
        text_.append(json_string(name)).append(1, ':').append(value);
        return *this;
    }
    std::string take() && { return std::move(text_) + "}"; }

private:
    std::string text_;
};

} // namespace

std::string json_string(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        std::size_t length = sequence_length(text);
        char c = text.front();
        if (length == 0) {
            out += "\\ufffd";
        } else if (c == '"' || c == '\\') {
            out.append(1, '\\').append(1, c);
        } else if (char32_t character = character_of(text.substr(0, length)); is_control(character)) {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(character));
            out += escaped;
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out + '"';
}

std::string report_line(const TransferRecord& record, TimePoint start) {
    const http::Timings& timings = record.timings;
    TimePoint begun = timings.begun;
    Object line;
    line.text("url", record.url).text("method", record.method).raw("ok", record.failed() ? "false" : "true");
    if (record.status != 0) line.number("status", static_cast<std::uint64_t>(record.status));
    line.number("size", record.size);
    if (!record.file.empty()) line.text("file", record.file);
    if (record.redirects != 0) line.number("redirects", record.redirects).text("effective_url", record.effective_url);
    line.number("tries", record.tries).raw("took", in_seconds(record.took));
    if (begun != TimePoint{}) {
        line.time("begun", start, begun)
            .time("queued", begun, timings.queued)
            .time("connecting", begun, timings.connecting)
            .time("name", begun, timings.named)
            .time("connect", begun, timings.connected)
            .time("tls", begun, timings.secured)
            .time("sent", begun, timings.sent)
            .time("first_byte", begun, timings.first_byte)
            .time("done", begun, timings.done);
    }
    if (record.failed()) {
        line.number("exit_status", static_cast<std::uint64_t>(record.exit_status));
        if (!record.phase.empty()) line.text("phase", record.phase);
        line.text("error", record.message);
    }
    return std::move(line).take();
}

} // namespace fetch
