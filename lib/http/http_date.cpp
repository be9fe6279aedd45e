#include "http/http_date.hpp"

#include <string_view>

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

} // namespace corduroy::http
