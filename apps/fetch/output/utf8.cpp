#include "output/utf8.hpp"

namespace fetch {

std::size_t sequence_length(std::string_view text) noexcept {
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    auto goes_on = [&](std::size_t count) {
        if (text.size() < count) return false;
        for (std::size_t i = 1; i < count; ++i)
            if ((byte(i) & 0xc0) != 0x80) return false;
        return true;
    };
    unsigned char first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first < 0xe0) return goes_on(2) ? 2 : 0;
    if (first >= 0xe0 && first < 0xf0) {
        bool overlong = goes_on(3) && first == 0xe0 && byte(1) < 0xa0;
        bool surrogate = goes_on(3) && first == 0xed && byte(1) >= 0xa0;
        return goes_on(3) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xf0 && first < 0xf5) {
        bool overlong = goes_on(4) && first == 0xf0 && byte(1) < 0x90;
        bool beyond = goes_on(4) && first == 0xf4 && byte(1) >= 0x90;
        return goes_on(4) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

char32_t character_of(std::string_view sequence) noexcept {
    auto first = static_cast<unsigned char>(sequence.front());
    if (sequence.size() == 1) return first;
    char32_t character = first & (0xffu >> (sequence.size() + 1));
    for (char c : sequence.substr(1)) character = character << 6 | (static_cast<unsigned char>(c) & 0x3fu);
    return character;
}

} // namespace fetch
