#include "http/credentials.hpp"

#include "http/characters.hpp"

#include <corduroy/http/error.hpp>

#include <cstdint>

namespace corduroy::http {

namespace {

const ErrorContext giving_credentials{{}, {}, Phase::send};

// RFC 4648 section 4.
std::string base64(std::string_view bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i) text += at + i <= bytes.size() ? digits[group >> (18 - 6 * i) & 63] : '=';
    }
    return text;
}

bool is_bearer_token(std::string_view token) noexcept {
    while (!token.empty() && token.back() == '=') token.remove_suffix(1);
    for (char c : token)
        if (!is_alpha(c) && !is_digit(c) && std::string_view("-._~+/").find(c) == std::string_view::npos) return false;
    return !token.empty();
}

} // namespace

void require_no_controls(std::string_view text, std::string_view what) {
    for (char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            throw Error(giving_credentials, "the " + std::string(what) + " authentication holds a control character");
}

std::string basic_credentials(std::string_view user, std::string_view password) {
    require_no_controls(user, "user for basic");
    require_no_controls(password, "password for basic");
    if (user.find(':') != std::string_view::npos)
        throw Error(giving_credentials, "the user for basic authentication holds a ':', which would end it");
    return "Basic " + base64(std::string(user).append(1, ':').append(password));
}

std::string bearer_credentials(std::string_view token) {
    if (!is_bearer_token(token))
        throw Error(giving_credentials, "the bearer token holds a character that no token may hold, or none at all");
    return "Bearer " + std::string(token);
}

} // namespace corduroy::http
