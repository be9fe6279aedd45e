#include "transfer/rest.hpp"

#include <corduroy/http/files/content_range.hpp>

#include <string>

namespace fetch {

namespace http = corduroy::http;

bool has_rest(const http::Response& response, std::uint64_t offset) {
    if (response.status() == 416) return false;
    auto range = http::ContentRange::of(response.headers());
    if (response.status() == 206 && range && range->first == offset) return true;
    std::string from = std::to_string(offset);
    if (response.headers().get("content-length") == from) return false;
    std::string address = response.url().redacted();
    throw NoSuchRange({.method = response.method(), .url = address, .phase = http::Phase::head},
                      "the server does not give what comes after the first " + from + " bytes, as -C asks for");
}

void check_goes_on(const http::Response& response, std::uint64_t there) {
    if (response.status() >= 200 && response.status() < 300) return;
    throw NoSuchRange({.method = response.method(), .url = response.url().redacted(), .phase = http::Phase::head},
                      "the server does not give what comes after the first " + std::to_string(there) +
                          " bytes, but says " + std::to_string(response.status()) + "; they are kept");
}

void check_is_rest(const http::Response& response, std::uint64_t now_there) {
    auto range = http::ContentRange::of(response.headers());
    bool encoded = response.headers().contains("content-encoding"); // then the sizes are not those of the file
    if (response.status() != 206 || encoded || !range || now_there >= range->size.value_or(0)) return;
    throw CutShort({.method = response.method(), .url = response.url().redacted(), .phase = http::Phase::body},
                   "the server gives the file up to byte " + std::to_string(now_there) + " of " +
                       std::to_string(*range->size) + ", though all of the rest was asked for; they are kept");
}

} // namespace fetch
