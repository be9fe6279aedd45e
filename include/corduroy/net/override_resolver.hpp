#pragma once

#include <corduroy/net/resolver.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy::net {

// Answers for some names itself and asks another resolver for the rest (curl's --resolve).
class OverrideResolver final : public Resolver {
public:
    // `next` must outlive this one.
    explicit OverrideResolver(Resolver& next) noexcept : next_(&next) {}

    // `host` (in any case) at `port` has these addresses from now on, instead of any given before; port 0 stands for
    // every port. The addresses' own ports do not matter.
    void add(std::string_view host, std::uint16_t port, std::vector<Address> addresses);
    // As curl writes it: "example.com:443:127.0.0.1,[::1]", the port "*" for every port. Throws Error where it is
    // malformed.
    void add(std::string_view entry);

    Task<std::vector<Address>> resolve(std::string host, std::uint16_t port) override;

private:
    struct Entry {
        std::string host;
        std::uint16_t port;
        std::vector<Address> addresses;
    };

    Resolver* next_;
    std::vector<Entry> entries_;
};

} // namespace corduroy::net
