#include "transfer/cookies.hpp"

#include "options/arguments.hpp"

#include <corduroy/http/error.hpp>

#include <chrono>
#include <filesystem>

namespace fetch {

namespace http = corduroy::http;

namespace {

bool is_data(const std::string& given) { return given.find('=') != std::string::npos; }

void add_file(http::CookieJar& jar, const std::string& path) {
    if (path.empty() || (path != "-" && !std::filesystem::exists(path))) return;
    try {
        jar.add_netscape(content_of(path), std::chrono::system_clock::now());
    } catch (const http::Error& error) {
        throw corduroy::Error("the cookies of " + path + " cannot be used: " + error.reason());
    }
}

} // namespace

std::shared_ptr<http::CookieJar> jar_of(const CookieOptions& options) {
    bool asked = !options.kept_in.empty();
    for (const std::string& given : options.given) asked = asked || !is_data(given);
    if (!asked) {
        http::CookieLimits none;
        none.bytes = 0;
        return std::make_shared<http::CookieJar>(none);
    }
    auto jar = std::make_shared<http::CookieJar>();
    for (const std::string& given : options.given)
        if (!is_data(given)) add_file(*jar, given);
    if (options.without_session_ones) jar->end_session();
    return jar;
}

std::string given_cookies(const CookieOptions& options) {
    std::string cookies;
    for (const std::string& given : options.given) {
        if (!is_data(given)) continue;
        if (!cookies.empty()) cookies += "; ";
        cookies += given;
    }
    return cookies;
}

} // namespace fetch
