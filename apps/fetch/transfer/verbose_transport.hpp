#pragma once

#include "output/console.hpp"

#include <corduroy/http/transport.hpp>

#include <memory>
#include <string>

namespace fetch {

// Says what is said on several connections. Where it is another one's than the last time, it says whose first.
class VerboseLog {
public:
    explicit VerboseLog(Console& console) noexcept : console_(console) {}

    unsigned next_number() noexcept { return ++connections_; }
    // Whole lines, or none; `name` is the connection's: "Connection 2 to example.org (192.0.2.1:80)". Cancellation does
    // not reach it, so that whoever has read something does not lose it here.
    corduroy::Task<> tell(const std::string& name, std::string lines);

private:
    Console& console_;
    unsigned connections_ = 0;
    std::string last_; // who spoke last
};

// Another transport, whose connections tell a log what heads go to and fro: -v.
class VerboseTransport final : public corduroy::http::Transport {
public:
    VerboseTransport(std::shared_ptr<Transport> transport, std::shared_ptr<VerboseLog> log) noexcept
        : transport_(std::move(transport)), log_(std::move(log)) {}

    corduroy::Task<std::unique_ptr<corduroy::net::ByteStream>> connect(const corduroy::http::Url& url) override;
    corduroy::Task<std::unique_ptr<corduroy::net::ByteStream>>
    connect_observed(const corduroy::http::Url& url, corduroy::http::ConnectObserver& observer) override;
    corduroy::Task<std::unique_ptr<corduroy::net::ByteStream>>
    secure(std::unique_ptr<corduroy::net::ByteStream> tunnel, const corduroy::http::Url& url,
           corduroy::http::ConnectObserver& observer) override;

private:
    corduroy::Task<std::unique_ptr<corduroy::net::ByteStream>>
    listen_to(std::unique_ptr<corduroy::net::ByteStream> stream, const corduroy::http::Url& url, unsigned number);

    std::shared_ptr<Transport> transport_;
    std::shared_ptr<VerboseLog> log_;
};

} // namespace fetch
