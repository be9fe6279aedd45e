#include "sim/tls_front.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/net/tls.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <string_view>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace corduroy::traffic {

namespace {

// Made for this test, signed by itself, and valid from 2020 to 2098, within which every simulated calendar lies.
constexpr std::string_view certificate = R"(-----BEGIN CERTIFICATE-----
MIIBijCCATCgAwIBAgIUbsqbSeerwSnDhzb1HvRaRJ19pEcwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLc2VydmVyLnRlc3QwIBcNMjAwMTAxMDAwMDAwWhgPMjA5OTAx
MDEwMDAwMDBaMBYxFDASBgNVBAMMC3NlcnZlci50ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAE4Og/FUL0akdLjA1kKOUnZBAmZbK2yGP16wYIFDqSz/lofP4A
9ZU6+Z3fiQt0g86Zzc0fHk10aH0QYSG6S1G6rKNaMFgwFgYDVR0RBA8wDYILc2Vy
dmVyLnRlc3QwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAoQwHQYDVR0O
BBYEFBdInp3Boedx537e9BElWgIsDFj1MAoGCCqGSM49BAMCA0gAMEUCIFvoCjIS
uhU8R73EnYc8va18YVqzMZA1LNHTEtqVcIwnAiEAkp2+fij3u9Vud+t1BaHNQ5D2
Va5SSEhpGUwomOvhhQg=
-----END CERTIFICATE-----
)";
constexpr std::string_view key = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwEF8VR4ziMo8oe6x
uH8ADCbW/HkMy8evaZzzatvxB4ehRANCAATg6D8VQvRqR0uMDWQo5SdkECZlsrbI
Y/XrBggUOpLP+Wh8/gD1lTr5nd+JC3SDzpnNzR8eTXRofRBhIbpLUbqs
-----END PRIVATE KEY-----
)";

// A file that has a path as long as this process lives, and none afterwards.
std::string file_of(const char* name, std::string_view text) {
    int fd = ::memfd_create(name, MFD_CLOEXEC);
    if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw std::system_error(errno, std::generic_category(), "memfd_create");
    return "/proc/self/fd/" + std::to_string(fd);
}

const std::string& certificate_file() {
    static const std::string path = file_of("certificate", certificate);
    return path;
}

const std::string& key_file() {
    static const std::string path = file_of("key", key);
    return path;
}

Task<> copy(net::Stream& from, net::Stream& to) {
    std::array<std::byte, 4096> bytes;
    for (;;) {
        std::size_t count = co_await from.read_some(bytes);
        if (count == 0) break;
        co_await to.write_all(std::span<const std::byte>(bytes).first(count));
    }
    co_await to.shutdown();
}

} // namespace

TlsFront::TlsFront(std::uint16_t port) : port_(port) {
    net::TlsSettings settings;
    settings.certificate_file = certificate_file();
    settings.key_file = key_file();
    context_ = net::TlsContext::make(settings);
}

std::string TlsFront::authority_file() { return certificate_file(); }

Task<> TlsFront::pass(net::Stream outside) {
    Task<> passing = pass_on(std::move(outside));
    auto outcome = co_await attempt(std::move(passing));
    static_cast<void>(outcome);
}

Task<> TlsFront::pass_on(net::Stream outside) {
    auto secured = co_await net::start_tls_server(std::move(outside).into_bytes(), context_);
    net::Stream secure(std::move(secured));
    net::Stream inside = co_await net::connect("localhost", port_);
    auto both_ways = [&](TaskGroup& group) -> Task<> {
        group.spawn(copy(secure, inside));
        co_await copy(inside, secure);
        group.cancel(); // the server has said its last
    };
    co_await with_task_group(both_ways);
}

} // namespace corduroy::traffic
