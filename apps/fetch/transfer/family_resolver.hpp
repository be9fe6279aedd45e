#pragma once

#include <corduroy/net/resolver.hpp>

#include <memory>

namespace fetch {

// Knows of the addresses that another resolver finds those of one family alone.
class FamilyResolver final : public corduroy::net::Resolver {
public:
    // Null: the reactor's own resolver. The family is AF_INET or AF_INET6.
    FamilyResolver(std::shared_ptr<corduroy::net::Resolver> next, int family) noexcept
        : next_(std::move(next)), family_(family) {}

    corduroy::Task<std::vector<corduroy::net::Address>> resolve(std::string host, std::uint16_t port) override;
    corduroy::Task<> resolve_each(std::string host, std::uint16_t port,
                                  corduroy::net::AddressReceiver& receiver) override;

private:
    corduroy::net::Resolver& next() const { return next_ ? *next_ : corduroy::net::default_resolver(); }
    [[noreturn]] void raise_none(const std::string& host) const;

    std::shared_ptr<corduroy::net::Resolver> next_;
    int family_;
};

// "IPv4", "IPv6".
const char* name_of_family(int family) noexcept;

} // namespace fetch
