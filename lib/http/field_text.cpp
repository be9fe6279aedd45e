#include "http/field_text.hpp"

#include <corduroy/http/error.hpp>

#include "http/characters.hpp"

namespace corduroy::http {

namespace {

// An Error that says nothing of what is being sent.
class HeadError final : public Error {
public:
    explicit HeadError(const std::string& reason) : Error(reason, {{}, {}, Phase::send}, reason, nullptr) {}
};

} // namespace

std::string hexadecimal(char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    auto byte = static_cast<unsigned char>(c);
    return {'0', 'x', digits[byte >> 4], digits[byte & 15]};
}

void refuse_part_of_head(std::string reason) { throw HeadError(reason); }

void require_valid_field(std::string_view name, std::string_view value) {
    if (name.empty()) refuse_part_of_head("a header has an empty name");
    for (char c : name) {
        if (token_characters[static_cast<unsigned char>(c)]) continue;
        std::string shown;
        for (char each : name) shown += text_characters[static_cast<unsigned char>(each)] ? each : '?';
        refuse_part_of_head("the header name \"" + shown + "\" holds the character " + hexadecimal(c) +
                            ", which no header name may hold");
    }
    for (char c : value) {
        if (text_characters[static_cast<unsigned char>(c)]) continue;
        refuse_part_of_head("the value of the header " + std::string(name) + " holds the character " + hexadecimal(c) +
                            ", which no header may hold");
    }
}

} // namespace corduroy::http
