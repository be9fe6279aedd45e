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

} // namespace fetch
