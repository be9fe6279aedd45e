#include "output/waterfall.hpp"

#include "output/terminal_text.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

namespace fetch {

using corduroy::Duration;
using corduroy::TimePoint;
namespace http = corduroy::http;

namespace {

struct PhaseLook {
    const char* name;
    char letter;
    const char* color;
};

constexpr PhaseLook phases[] = {{"queue", '.', "#d0d0d0"}, {"name", 'n', "#6aa84f"},   {"connect", 'c', "#e69138"},
                                {"TLS", 't', "#a64d79"},   {"answer", '-', "#9fc5e8"}, {"body", '#', "#3d85c6"}};
enum : std::size_t { queue, name, connecting, tls, answer, body };

constexpr double row_height = 16;
constexpr double label_width = 380;
constexpr double picture_width = 1200;
constexpr double right_margin = 30; // for half of the axis's last number
constexpr std::size_t longest_label = 60;

double ms(Duration time) noexcept { return std::chrono::duration<double, std::milli>(time).count(); }

std::string in_ms(Duration time) {
    char text[32];
    std::snprintf(text, sizeof text, ms(time) < 10 ? "%.1f ms" : "%.0f ms", ms(time));
    return text;
}

// Of the axis, in ms: 1, 2 or 5 and noughts, at which four lines or some more fit.
double step_of(Duration whole) {
    double power = std::pow(10, std::floor(std::log10(ms(whole) / 4)));
    for (double digit : {5, 2})
        if (ms(whole) / (digit * power) >= 4) return digit * power;
    return power;
}

std::string escaped(const std::string& text) {
    std::string out;
    for (char c : text) {
        if (c == '<')
            out += "&lt;";
        else if (c == '&')
            out += "&amp;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

template <class... Values>
void append(std::string& out, const char* format, Values... values) {
    char text[512];
    std::snprintf(text, sizeof text, format, values...);
    out += text;
}

} // namespace

void Waterfall::add(const TransferRecord& record) {
    const http::Timings& timings = record.timings;
    Row row;
    row.name = record.url;
    row.failed = record.failed();
    row.outcome = record.failed() ? "failed" : std::to_string(record.status);
    TimePoint last = timings.queued;
    auto reach = [&](std::size_t phase, TimePoint at) {
        if (at == TimePoint{} || last == TimePoint{}) return;
        if (at > last) row.spans.push_back({phase, last - start_, at - start_});
        last = at;
    };
    reach(queue, timings.connecting);
    reach(name, timings.named);
    reach(connecting, timings.connected);
    reach(tls, timings.secured);
    reach(answer, timings.first_byte);
    reach(body, timings.done);
    if (!row.spans.empty()) rows_.push_back(std::move(row));
}

std::vector<Waterfall::Row> Waterfall::in_order() const {
    std::vector<Row> rows = rows_;
    std::ranges::sort(rows, {}, [](const Row& row) { return std::pair(row.begin(), row.end()); });
    return rows;
}

Duration Waterfall::whole() const noexcept {
    Duration longest{1};
    for (const Row& row : rows_) longest = std::max(longest, row.end());
    return longest;
}

std::string Waterfall::text(std::size_t columns, std::size_t most_rows) const {
    std::vector<Row> rows = in_order();
    std::size_t left_out = 0;
    if (rows.size() > most_rows) {
        std::vector<Duration> lengths;
        for (const Row& row : rows) lengths.push_back(row.end() - row.begin());
        std::ranges::nth_element(lengths, lengths.end() - static_cast<std::ptrdiff_t>(most_rows));
        Duration shortest = lengths[lengths.size() - most_rows];
        left_out = rows.size();
        std::erase_if(rows, [&](const Row& row) { return row.end() - row.begin() < shortest; });
        rows.resize(std::min(rows.size(), most_rows));
        left_out -= rows.size();
    }
    columns = std::max<std::size_t>(columns, 30);
    std::size_t label = std::min<std::size_t>(columns / 3, 40);
    std::size_t width = columns - label - 10;
    double scale = static_cast<double>(width) / ms(whole());
    std::string out;
    for (const Row& row : rows) {
        std::string bar(width, ' ');
        for (const Span& span : row.spans) {
            auto from = std::min(static_cast<std::size_t>(ms(span.from) * scale), width - 1);
            auto to = std::clamp(static_cast<std::size_t>(ms(span.to) * scale), from + 1, width);
            std::fill(bar.begin() + static_cast<std::ptrdiff_t>(from), bar.begin() + static_cast<std::ptrdiff_t>(to),
                      phases[span.phase].letter);
        }
        out += fitted(row.name, label) + " " + fitted(row.outcome, 6) + " |" + bar + "\n";
    }
    std::string end = in_ms(whole());
    out +=
        std::string(label + 8, ' ') + "|0" + std::string(width - 1 - std::min(width - 1, end.size()), ' ') + end + "\n";
    for (const PhaseLook& phase : phases) out.append(1, phase.letter).append(" ").append(phase.name).append("  ");
    if (left_out != 0) out += "(" + std::to_string(left_out) + " shorter ones are not shown)";
    return out;
}

std::string Waterfall::svg() const {
    std::vector<Row> rows = in_order();
    double scale = (picture_width - label_width - right_margin) / ms(whole());
    double height = row_height * static_cast<double>(rows.size() + 2);
    std::string out;
    append(out,
           "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
           "font-family=\"sans-serif\" font-size=\"11\">\n",
           picture_width, height, picture_width, height);
    double step = step_of(whole());
    for (double at = 0; at <= ms(whole()); at += step) {
        double x = label_width + at * scale;
        append(out, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.0f\" stroke=\"#ddd\"/>", x, x, row_height,
               height);
        append(out, "<text x=\"%.1f\" y=\"11\" fill=\"#666\" text-anchor=\"middle\">%g ms</text>\n", x, at);
    }
    double y = row_height * 1.5;
    for (const Row& row : rows) {
        append(out, "<text x=\"0\" y=\"%.1f\" fill=\"%s\">", y + 11, row.failed ? "#c00" : "#000");
        out += escaped(row.outcome + " " + fitted(row.name, longest_label));
        out += "</text>";
        for (const Span& span : row.spans) {
            append(out, "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" fill=\"%s\"><title>",
                   label_width + ms(span.from) * scale, y + 2, std::max(ms(span.to - span.from) * scale, 0.5),
                   row_height - 4, phases[span.phase].color);
            out += escaped(row.name) + "\n" + phases[span.phase].name + ": " + in_ms(span.to - span.from) +
                   "</title></rect>";
        }
        out += '\n';
        y += row_height;
    }
    return out + "</svg>\n";
}

std::string Waterfall::html() const {
    std::string out = "<!doctype html>\n<meta charset=\"utf-8\">\n<title>fetch</title>\n"
                      "<body style=\"font-family: sans-serif; font-size: 12px\">\n<p>";
    out += std::to_string(rows_.size()) + (rows_.size() == 1 ? " URL in " : " URLs in ") + in_ms(whole()) + ".";
    for (const PhaseLook& phase : phases)
        out += std::string(" <span style=\"background: ") + phase.color +
               "; display: inline-block; width: 1em; height: 1em; margin-left: 1em\"></span> " + phase.name;
    return out + "</p>\n" + svg();
}

} // namespace fetch
