#pragma once

#include <corduroy/base/error.hpp>
#include <corduroy/net/override_resolver.hpp>

#include <string>
#include <vector>

namespace fetch {

// A --resolve that is malformed.
class MalformedAddresses : public corduroy::Error {
public:
    using Error::Error;
};

// Answers for the names that --resolve gives addresses, and asks the reactor's own resolver for the rest.
class GivenAddresses final : public corduroy::net::Resolver {
public:
    // As curl has it: "HOST:PORT:ADDRESS[,ADDRESS]...", where "*" is any host that no other entry names, "+" before it
    // says nothing, and "-HOST:PORT" takes an entry before it away. Throws MalformedAddresses.
    explicit GivenAddresses(const std::vector<std::string>& entries);

    corduroy::Task<std::vector<corduroy::net::Address>> resolve(std::string host, std::uint16_t port) override;

private:
    // Knows any name at the ports that "*" is given with.
    class AnyHost final : public Resolver {
    public:
        void add(std::string_view entry) { addresses_.add(entry); }
        corduroy::Task<std::vector<corduroy::net::Address>> resolve(std::string host, std::uint16_t port) override;

    private:
        // Finds nothing.
        class Nobody final : public Resolver {
        public:
            corduroy::Task<std::vector<corduroy::net::Address>> resolve(std::string, std::uint16_t) override {
                co_return std::vector<corduroy::net::Address>();
            }
        };

        Nobody nobody_;
        corduroy::net::OverrideResolver addresses_{nobody_};
    };

    AnyHost any_host_;
    corduroy::net::OverrideResolver addresses_{any_host_};
};

} // namespace fetch
