#include "transfer/given_addresses.hpp"

#include <corduroy/http/headers.hpp>

#include <string_view>

namespace fetch {

using corduroy::Task;
namespace http = corduroy::http;
namespace net = corduroy::net;

namespace {

// Whether the entry is for "HOST:PORT".
bool is_for(std::string_view entry, std::string_view place) {
    return entry.size() > place.size() && entry[place.size()] == ':' &&
           http::equal_ignoring_case(entry.substr(0, place.size()), place);
}

// Those that are left when all has been taken away that is to be.
std::vector<std::string_view> entries_that_stay(const std::vector<std::string>& entries) {
    std::vector<std::string_view> left;
    for (std::string_view entry : entries) {
        if (entry.starts_with('-')) {
            std::erase_if(left, [&](std::string_view before) { return is_for(before, entry.substr(1)); });
            continue;
        }
        if (entry.starts_with('+')) entry.remove_prefix(1);
        left.push_back(entry);
    }
    return left;
}

} // namespace

GivenAddresses::GivenAddresses(const std::vector<std::string>& entries) {
    for (std::string_view entry : entries_that_stay(entries)) {
        try {
            if (entry.starts_with("*:"))
                any_host_.add(entry);
            else
                addresses_.add(entry);
        } catch (const corduroy::Error& error) {
            throw MalformedAddresses(std::string("--resolve ") + error.what());
        }
    }
}

Task<std::vector<net::Address>> GivenAddresses::resolve(std::string host, std::uint16_t port) {
    return addresses_.resolve(std::move(host), port);
}

Task<std::vector<net::Address>> GivenAddresses::AnyHost::resolve(std::string host, std::uint16_t port) {
    std::vector<net::Address> found = co_await addresses_.resolve("*", port);
    if (found.empty()) found = co_await net::default_resolver().resolve(std::move(host), port);
    co_return found;
}

} // namespace fetch
