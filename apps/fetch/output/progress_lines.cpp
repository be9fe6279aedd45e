#include "output/progress_lines.hpp"

#include "output/terminal_text.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace fetch {

using corduroy::Duration;

namespace {

// Lines of a window that are no bars.
constexpr std::size_t other_rows = 4;
constexpr std::size_t most_rows_of_bars = 50;

// Fields and their widths; between them are two blanks, and before a percentage one.
constexpr std::size_t percent_width = 4; // "100%"
constexpr std::size_t bytes_width = 5;   // "99.9M"
constexpr std::size_t rate_width = 7;    // "99.9M/s"
constexpr std::size_t time_width = 8;    // "99:59:59"
constexpr std::size_t least_name = 12;
constexpr std::size_t least_bar = 8; // between its brackets
constexpr std::size_t most_bar = 40;

template <class... Values>
std::string print(const char* format, Values... values) {
    char text[64];
    std::snprintf(text, sizeof text, format, values...);
    return text;
}

// In at most five characters.
std::string size_text(double bytes) {
    constexpr const char* units = "BKMGTPE";
    std::size_t unit = 0;
    while (bytes >= (unit == 0 ? 1023.5 : 999.5) && unit < 6) {
        bytes /= 1024;
        ++unit;
    }
    return print(unit == 0 || bytes >= 99.95 ? "%.0f%c" : "%.1f%c", bytes, units[unit]);
}

std::string rate_text(double rate) { return size_text(rate) + "/s"; }

std::string time_text(double seconds) {
    if (!(seconds < 100 * 3600)) return seconds < 86'400.0 * 9999 ? print("%.0fd", seconds / 86'400) : "--:--";
    auto whole = static_cast<int>(std::ceil(seconds));
    if (whole < 3600) return print("%d:%02d", whole / 60, whole % 60);
    return print("%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string to_the_right(const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text;
}

// What of a row there is room for: the widths of its parts, with what is before them; 0 for those left out.
struct Layout {
    explicit Layout(std::size_t columns) noexcept {
        std::size_t room = columns > least_name ? columns - least_name : 0;
        auto take = [&room](std::size_t width) { return room < width ? 0 : (room -= width, width); };
        percent = take(1 + percent_width);
        rate = take(2 + rate_width);
        time = rate == 0 ? 0 : take(2 + time_width);
        bytes = time == 0 ? 0 : take(2 + bytes_width);
        std::size_t rest = room + least_name;
        if (bytes != 0 && room >= 4 + least_bar) bar = 4 + std::clamp(rest / 2 - 4, least_bar, most_bar);
        name = std::min(columns, rest) - bar;
    }

    std::size_t name, bar = 0, percent, bytes, rate, time;
};

std::string bar_text(double part, std::size_t width) {
    auto full = static_cast<std::size_t>(part * static_cast<double>(width));
    std::string bar(full, '=');
    if (full < width) bar += '>';
    bar.resize(width, ' ');
    return "  [" + bar + "]";
}

std::string row_text(const ProgressSnapshot::Row& row, std::size_t columns) {
    Layout layout(columns);
    double there = static_cast<double>(row.bytes);
    double size = static_cast<double>(row.size.value_or(0));
    double part = size > 0 ? std::min(1.0, there / size) : 0;
    bool known = size > 0;
    std::string text = fitted(row.name, layout.name);
    if (layout.bar != 0) text += known ? bar_text(part, layout.bar - 4) : std::string(layout.bar, ' ');
    if (layout.percent != 0)
        text += to_the_right(known ? print("%d%%", static_cast<int>(part * 100)) : "", layout.percent);
    if (layout.bytes != 0) text += to_the_right(size_text(there), layout.bytes);
    if (layout.rate != 0) text += to_the_right(rate_text(row.rate), layout.rate);
    bool ends = known && row.rate >= 1;
    if (layout.time != 0) text += to_the_right(ends ? time_text((size - there) / row.rate) : "", layout.time);
    return text;
}

void join(std::string& text, const std::string& part, std::size_t columns) {
    if (text.empty() ? part.size() <= columns : text.size() + 2 + part.size() <= columns)
        text += (text.empty() ? "" : ", ") + part;
}

std::string whole_text(const ProgressSnapshot& shown, std::size_t columns) {
    std::string text;
    std::string done = std::to_string(shown.done) + " done";
    std::string running = std::to_string(shown.running) + " running";
    std::size_t not_shown = shown.running - std::min(shown.running, shown.rows.size());
    if (not_shown != 0 && !shown.rows.empty()) running += " (" + std::to_string(not_shown) + " not shown)";
    join(text, done, columns);
    if (shown.failed != 0) join(text, std::to_string(shown.failed) + " failed", columns);
    join(text, running, columns);
    if (!shown.waiting)
        join(text, "more to come", columns);
    else if (*shown.waiting != 0)
        join(text, std::to_string(*shown.waiting) + " waiting", columns);
    // The figures stand below those of the bars, as far as there is room.
    Layout layout(columns);
    std::string figures;
    if (layout.bytes != 0) figures += to_the_right(size_text(static_cast<double>(shown.bytes)), layout.bytes);
    if (layout.rate != 0) figures += to_the_right(rate_text(shown.rate), layout.rate);
    if (layout.time != 0) {
        double left = shown.left ? std::chrono::duration<double>(*shown.left).count() : 0;
        figures += to_the_right(shown.left ? time_text(left) : "", layout.time);
    }
    if (text.size() + figures.size() > columns) figures.erase(0, layout.bytes);
    if (text.size() + figures.size() > columns) return text;
    return text + to_the_right(figures, columns - text.size());
}

} // namespace

std::size_t most_bars(WindowSize window) noexcept {
    return std::min(window.rows - std::min(window.rows, other_rows), most_rows_of_bars);
}

std::vector<std::string> progress_lines(const ProgressSnapshot& shown, WindowSize window) {
    // The last column stays empty: in it some terminals begin a new line.
    std::size_t columns = std::max<std::size_t>(window.columns, 1) - 1;
    std::vector<std::string> lines;
    std::size_t bars = std::min(shown.rows.size(), most_bars(window));
    for (std::size_t i = 0; i < bars; ++i) lines.push_back(row_text(shown.rows[i], columns));
    bool alone = bars == 1 && shown.running == 1 && shown.done + shown.failed == 0 && shown.waiting == 0;
    if (!alone) lines.push_back(whole_text(shown, columns));
    return lines;
}

std::string progress_summary(const ProgressSnapshot& shown, Duration took) {
    double seconds = std::chrono::duration<double>(took).count();
    double bytes = static_cast<double>(shown.bytes);
    std::string text = std::to_string(shown.done) + " done";
    if (shown.failed != 0) text += ", " + std::to_string(shown.failed) + " failed";
    text += ", " + size_text(bytes) + " in " + print(seconds < 10 ? "%.1f s" : "%.0f s", seconds);
    return seconds > 0 ? text + ", " + rate_text(bytes / seconds) : text;
}

} // namespace fetch
