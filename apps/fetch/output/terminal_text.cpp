#include "output/terminal_text.hpp"

#include "output/utf8.hpp"

#include <clocale>
#include <cwchar>
#include <vector>

namespace fetch {

namespace {

constexpr std::string_view left_out = "...";
constexpr std::string_view unknown = "?";

// The columns a character takes, by the C library's tables whatever the user's locale is; negative where it is none
// that can be shown.
int width_of(char32_t character) noexcept {
    if (character < 0x7f) return character < 0x20 ? -1 : 1;
    static const locale_t unicode = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
    if (unicode == locale_t{}) return -1;
    locale_t before = ::uselocale(unicode);
    int width = ::wcwidth(static_cast<wchar_t>(character));
    ::uselocale(before);
    return width;
}

// Those that are not seen but change in which order the others are shown.
bool directs(char32_t c) noexcept {
    return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

struct Glyph {
    std::string_view bytes;
    std::size_t columns;
};

// Takes the first character from `text`.
Glyph take_glyph(std::string_view& text) noexcept {
    std::size_t length = sequence_length(text);
    std::string_view bytes = text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
    if (length == 0) return {unknown, 1};
    char32_t character = character_of(bytes);
    int width = width_of(character);
    if (width < 0 || directs(character)) return {unknown, 1};
    return {bytes, static_cast<std::size_t>(width)};
}

} // namespace

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        if (text.front() == '\n' || text.front() == '\t') {
            out += text.front();
            text.remove_prefix(1);
        } else {
            out += take_glyph(text).bytes;
        }
    }
    return out;
}

std::string fitted(std::string_view text, std::size_t columns) {
    std::vector<Glyph> glyphs;
    std::size_t width = 0;
    while (!text.empty()) {
        Glyph glyph = take_glyph(text);
        if (glyph.columns == 0) continue;
        glyphs.push_back(glyph);
        width += glyph.columns;
    }
    std::string out;
    std::size_t room = columns;
    auto first = glyphs.begin();
    if (width > columns) {
        std::string_view mark = left_out.substr(0, columns / 2);
        out += mark;
        room -= mark.size();
        for (; width > room; ++first) width -= first->columns;
    }
    for (; first != glyphs.end(); ++first) out += first->bytes;
    return out.append(room - width, ' ');
}

} // namespace fetch
