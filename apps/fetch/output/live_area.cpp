#include "output/live_area.hpp"

namespace fetch {

namespace {

// ECMA-48, and DEC's autowrap mode: without it what is too long, for the window has just become narrower or a character
// is wider than we believe, is cut and takes no other line.
constexpr std::string_view erase_rest_of_line = "\x1b[K";
constexpr std::string_view erase_below = "\x1b[J";
constexpr std::string_view wrap_off = "\x1b[?7l";
constexpr std::string_view wrap_on = "\x1b[?7h";

} // namespace

std::string LiveArea::redrawn(std::string_view text, const std::vector<std::string>& lines) {
    std::string out;
    if (drawn_) out += '\r';
    if (drawn_ && (!text.empty() || lines.empty())) out += erase_below;
    out += text;
    drawn_ = !lines.empty();
    if (lines.empty()) return out;
    out += wrap_off;
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) out.append(lines[i]).append(erase_rest_of_line).append("\r\n");
    out.append(lines.back()).append(erase_below).append(wrap_on);
    if (lines.size() > 1) out += "\x1b[" + std::to_string(lines.size() - 1) + "A";
    return out + '\r';
}

} // namespace fetch
