#include "http/content/charset.hpp"

#include "http/characters.hpp"

#include <corduroy/base/lower_case.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/headers.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <iconv.h>

namespace corduroy::http {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

bool is_continuation(char c) noexcept { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// How many bytes at the front are one character, or where they are none the negative of how many to replace: as many as
// could have begun one (Unicode, "substitution of maximal subparts").
int utf8_length(std::string_view text) noexcept {
    auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4) return -1;
    int length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    // The second byte is bounded further: no long forms, no surrogates, nothing beyond U+10FFFF.
    unsigned lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    for (int i = 1; i < length; ++i) {
        auto at = static_cast<std::size_t>(i);
        if (at >= text.size() || !is_continuation(text[at])) return -i;
        auto byte = static_cast<unsigned char>(text[at]);
        if (i == 1 && (byte < lowest || byte > highest)) return -1;
    }
    return length;
}

std::string valid_utf8(std::string_view text) {
    std::string out;
    std::size_t good = 0; // up to where it is well-formed and not copied yet
    std::size_t at = 0;
    while (at < text.size()) {
        int length = utf8_length(text.substr(at));
        if (length < 0) {
            out.append(text, good, at - good).append(replacement);
            length = -length;
            good = at + static_cast<std::size_t>(length);
        }
        at += static_cast<std::size_t>(length);
    }
    return out.append(text, good);
}

class Converter {
public:
    explicit Converter(const char* charset) noexcept : handle_(iconv_open("UTF-8", charset)) {}
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    ~Converter() {
        if (known()) iconv_close(handle_);
    }

    bool known() const noexcept { return handle_ != reinterpret_cast<iconv_t>(-1); }

    // `unit` is the size of what is replaced where it is malformed.
    std::string convert(std::string_view bytes, std::size_t unit) {
        std::string out;
        std::array<char, 4096> room;
        char* in = const_cast<char*>(bytes.data());
        std::size_t left = bytes.size();
        for (bool last = false;;) {
            char* to = room.data();
            std::size_t free = room.size();
            last = left == 0;
            std::size_t result = iconv(handle_, last ? nullptr : &in, last ? nullptr : &left, &to, &free);
            int error = result == static_cast<std::size_t>(-1) ? errno : 0;
            out.append(room.data(), room.size() - free);
            if (error == EILSEQ || error == EINVAL) {
                out += replacement;
                std::size_t skipped = error == EINVAL ? left : std::min(unit, left);
                in += skipped;
                left -= skipped;
            } else if (last && error == 0) {
                return out;
            }
        }
    }

private:
    iconv_t handle_;
};

// iconv's names may ask for more than a charset: nothing but a name gets through.
bool is_name(std::string_view charset) noexcept {
    for (char c : charset) {
        if (!is_alpha(c) && !is_digit(c) && std::string_view("-_.:+()").find(c) == std::string_view::npos) return false;
    }
    return !charset.empty() && charset.size() <= 64;
}

} // namespace

std::string charset_of(std::string_view content_type) {
    std::size_t at = content_type.find(';');
    while (at != std::string_view::npos) {
        content_type.remove_prefix(at + 1);
        std::size_t equals = content_type.find('=');
        if (equals == std::string_view::npos) return {};
        at = content_type.find(';');
        if (at < equals) continue; // a parameter may be empty (RFC 9110 section 5.6.6)
        std::string_view name = trimmed(content_type.substr(0, equals));
        std::string_view value = trimmed(content_type.substr(equals + 1));
        std::string text;
        if (value.starts_with('"')) {
            std::size_t i = 1;
            for (; i < value.size() && value[i] != '"'; ++i) {
                if (value[i] == '\\' && i + 1 < value.size()) ++i;
                text += value[i];
            }
            value = value.substr(std::min(i, value.size()));
            at = value.find(';');
        } else {
            at = value.find(';');
            text = trimmed(value.substr(0, at));
        }
        if (equal_ignoring_case(name, "charset")) return text;
        content_type = value;
    }
    return {};
}

std::string to_utf8(std::string_view bytes, std::string_view charset) {
    std::string name = lower_case(charset);
    if (bytes.starts_with("\xef\xbb\xbf")) return valid_utf8(bytes.substr(3));
    if (bytes.starts_with("\xff\xfe")) name = "utf-16le";
    if (bytes.starts_with("\xfe\xff")) name = "utf-16be";
    if (name == "utf-16") name = "utf-16le"; // the usual one where nothing says which
    if (name == "utf-8" || name == "utf8" || name == "us-ascii" || name == "ascii") return valid_utf8(bytes);
    bool is_utf16 = name == "utf-16le" || name == "utf-16be";
    if (is_utf16 && (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff"))) bytes.remove_prefix(2);
    Converter converter(is_name(name) ? name.c_str() : "no charset");
    if (!converter.known()) {
        std::string shown;
        for (char c : charset.substr(0, 64)) shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
        throw Error({{}, {}, Phase::body}, "its charset \"" + shown + "\" is not known");
    }
    return converter.convert(bytes, is_utf16 ? 2 : 1);
}

} // namespace corduroy::http
