#pragma once

#include <corduroy/http/headers.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corduroy::http {

// One challenge of a server: a scheme with its parameters (RFC 9110 section 11.3).
struct AuthChallenge {
    std::string scheme;
    std::vector<std::pair<std::string, std::string>> parameters;

    std::optional<std::string> get(std::string_view name) const {
        for (const auto& [key, value] : parameters)
            if (equal_ignoring_case(key, name)) return value;
        return std::nullopt;
    }
};

// All challenges in the fields of this name. What cannot be understood ends its field.
std::vector<AuthChallenge> parse_challenges(const Headers& headers, std::string_view field);

} // namespace corduroy::http
