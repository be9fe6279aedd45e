#pragma once

#include <corduroy/net/name_cache_settings.hpp>
#include <corduroy/net/resolver.hpp>
#include <corduroy/reactor/reactor.hpp>
#include <corduroy/reactor/service.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace corduroy::net {

class NameBackend;

// The machine's own way to look names up: the hosts file, then the name servers of resolv.conf, for IPv4 and IPv6, in
// the order of RFC 6724. Done by c-ares on the reactor's ring, which asks for IPv6 and IPv4 side by side, so that
// `resolve_each` gives what comes first; or, in a build without it, by getaddrinfo(3) on a thread. A kernel that
// answers for names itself, as the simulated one does, is asked instead. Literal addresses need no lookup; "localhost"
// and names below it are the loopback addresses (127.0.0.1, then
// ::1), and names below "invalid" do not exist (RFC 6761). Those who ask for the same name at the same time share one
// lookup, which goes on as long as one of them waits. What name servers have said is remembered as long as its TTL says
// (see NameCacheSettings); the hosts file, getaddrinfo and simulated kernels tell no TTL. A service:
// Reactor::service<SystemResolver>().
class SystemResolver final : public Resolver, public Service {
public:
    explicit SystemResolver(Reactor& reactor);
    // By a way of asking of one's own, which is no part of the library's interface.
    explicit SystemResolver(std::unique_ptr<NameBackend> backend);
    ~SystemResolver() override;

    Task<std::vector<Address>> resolve(std::string host, std::uint16_t port) override;
    Task<> resolve_each(std::string host, std::uint16_t port, AddressReceiver& receiver) override;

    // What it remembers from now on; what it remembers already is forgotten.
    void set_cache(const NameCacheSettings& settings);

    // Asks these name servers instead of those of resolv.conf: "127.0.0.1:5353,[::1]:53". Throws ResolveError where the
    // list is malformed, or the build has no c-ares.
    void use_servers(std::string servers);

    // Whether the build asks name servers by itself (c-ares).
    static bool asks_servers() noexcept;

    void stop() noexcept override;

private:
    class Implementation;
    class Sharing;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace corduroy::net
