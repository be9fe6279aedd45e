#include <corduroy/net/override_resolver.hpp>

#include <corduroy/base/error.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace corduroy::net {

namespace {

std::string normal(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    std::string result(host);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

std::optional<std::uint16_t> parse_override_port(std::string_view text) {
    if (text == "*") return 0;
    std::uint16_t port = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

// "127.0.0.1,[::1]"; nothing where one of them is no address.
std::optional<std::vector<Address>> parse_list(std::string_view list) {
    std::vector<Address> addresses;
    for (bool more = true; more;) {
        std::size_t comma = list.find(',');
        auto address = Address::parse(list.substr(0, comma), 0);
        if (!address) return std::nullopt;
        addresses.push_back(*address);
        more = comma != std::string_view::npos;
        if (more) list.remove_prefix(comma + 1);
    }
    return addresses;
}

} // namespace

void OverrideResolver::add(std::string_view host, std::uint16_t port, std::vector<Address> addresses) {
    Entry entry;
    entry.host = normal(host);
    entry.port = port;
    entry.addresses = std::move(addresses);
    std::erase_if(entries_, [&](const Entry& old) { return old.host == entry.host && old.port == entry.port; });
    entries_.push_back(std::move(entry));
}

void OverrideResolver::add(std::string_view entry) {
    std::size_t host_end = entry.find(':');
    std::size_t port_end = host_end == std::string_view::npos ? host_end : entry.find(':', host_end + 1);
    if (host_end != 0 && port_end != std::string_view::npos) {
        auto port = parse_override_port(entry.substr(host_end + 1, port_end - host_end - 1));
        auto addresses = parse_list(entry.substr(port_end + 1));
        if (port && addresses) return add(entry.substr(0, host_end), *port, std::move(*addresses));
    }
    throw Error("\"" + std::string(entry) + "\" is not of the form HOST:PORT:ADDRESS[,ADDRESS]...");
}

Task<std::vector<Address>> OverrideResolver::resolve(std::string host, std::uint16_t port) {
    std::string wanted = normal(host);
    const Entry* best = nullptr;
    for (const Entry& entry : entries_)
        if (entry.host == wanted && (entry.port == port || (entry.port == 0 && best == nullptr))) best = &entry;
    if (best == nullptr) {
        std::vector<Address> found = co_await next_->resolve(std::move(host), port);
        co_return found;
    }
    std::vector<Address> addresses = best->addresses;
    for (Address& address : addresses) address = address.with_port(port);
    co_return addresses;
}

} // namespace corduroy::net
