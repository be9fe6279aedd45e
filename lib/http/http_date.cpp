#include "http/http_date.hpp"

#include "http/characters.hpp"

#include <corduroy/http/headers.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace corduroy::http {

namespace {

void append_number(std::string& out, unsigned number, unsigned digits) {
    std::string text = std::to_string(number);
    if (text.size() < digits) out.append(digits - text.size(), '0');
    out += text;
}

// The names are the protocol's and no locale's.
std::string_view three_letters(std::string_view names, unsigned index) noexcept {
    return names.substr(std::size_t{3} * index, 3);
}

// So many digits at the front of `text`, which are taken off it; -1 where there are more or fewer.
int take_number(std::string_view& text, std::size_t least, std::size_t most) noexcept {
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    if (digits < least || digits > most) return -1;
    int number = 0;
    std::from_chars(text.data(), text.data() + digits, number);
    text.remove_prefix(digits);
    return number;
}

struct Date {
    int hour = -1, minute = 0, second = 0, day = -1, month = -1, year = -1;

    bool take_time(std::string_view token) noexcept {
        int h = take_number(token, 1, 2);
        if (h < 0 || !token.starts_with(':')) return false;
        token.remove_prefix(1);
        int m = take_number(token, 1, 2);
        if (m < 0 || !token.starts_with(':')) return false;
        token.remove_prefix(1);
        int s = take_number(token, 1, 2);
        if (s < 0) return false;
        hour = h, minute = m, second = s;
        return true;
    }

    bool take_month(std::string_view token) noexcept {
        constexpr std::string_view names = "janfebmaraprmayjunjulaugsepoctnovdec";
        for (int i = 0; i < 12; ++i)
            if (equal_ignoring_case(token.substr(0, 3), names.substr(static_cast<std::size_t>(i) * 3, 3))) {
                month = i + 1;
                return true;
            }
        return false;
    }
};

bool is_delimiter(char c) noexcept {
    auto byte = static_cast<unsigned char>(c);
    return byte == 0x09 || (byte >= 0x20 && byte <= 0x2f) || (byte >= 0x3b && byte <= 0x40) ||
           (byte >= 0x5b && byte <= 0x60) || (byte >= 0x7b && byte <= 0x7e);
}

} // namespace

std::string http_date(std::chrono::system_clock::time_point time) {
    using namespace std::chrono;
    auto day = floor<days>(time);
    year_month_day date(day);
    hh_mm_ss clock(floor<seconds>(time - day));
    std::string out;
    out.reserve(29);
    out += three_letters("SunMonTueWedThuFriSat", weekday(day).c_encoding());
    out += ", ";
    append_number(out, static_cast<unsigned>(date.day()), 2);
    out += ' ';
    out += three_letters("JanFebMarAprMayJunJulAugSepOctNovDec", static_cast<unsigned>(date.month()) - 1);
    out += ' ';
    append_number(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    out += ' ';
    append_number(out, static_cast<unsigned>(clock.hours().count()), 2);
    out += ':';
    append_number(out, static_cast<unsigned>(clock.minutes().count()), 2);
    out += ':';
    append_number(out, static_cast<unsigned>(clock.seconds().count()), 2);
    out += " GMT";
    return out;
}

std::optional<std::chrono::system_clock::time_point> parse_date(std::string_view text) {
    Date date;
    while (!text.empty()) {
        std::size_t size = 0;
        while (size < text.size() && !is_delimiter(text[size])) ++size;
        std::string_view token = text.substr(0, size);
        text.remove_prefix(std::min(size + 1, text.size()));
        if (token.empty()) continue;
        std::string_view number = token;
        if (date.hour < 0 && date.take_time(token)) continue;
        if (int day; date.day < 0 && (day = take_number(number, 1, 2)) >= 0) {
            date.day = day;
            continue;
        }
        if (date.month < 0 && date.take_month(token)) continue;
        number = token;
        if (date.year < 0) date.year = take_number(number, 2, 4);
    }
    if (date.year >= 70 && date.year <= 99) date.year += 1900;
    if (date.year >= 0 && date.year <= 69) date.year += 2000;
    if (date.hour < 0 || date.hour > 23 || date.minute > 59 || date.second > 59 || date.day < 0 || date.month < 0 ||
        date.year < 1601)
        return std::nullopt;
    namespace chrono = std::chrono;
    chrono::year_month_day day(chrono::year(date.year), chrono::month(static_cast<unsigned>(date.month)),
                               chrono::day(static_cast<unsigned>(date.day)));
    if (!day.ok()) return std::nullopt;
    // A clock of nanoseconds ends in the year 2262, and begins in 1678.
    if (date.year > 2200) day = chrono::year(2200) / chrono::January / 1;
    if (date.year < 1700) day = chrono::year(1700) / chrono::January / 1;
    return chrono::sys_days(day) + chrono::hours(date.hour) + chrono::minutes(date.minute) +
           chrono::seconds(date.second);
}

} // namespace corduroy::http
