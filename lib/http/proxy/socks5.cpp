#include "http/proxy/socks5.hpp"

#include <corduroy/net/buffered_reader.hpp>

#include <netinet/in.h>
#include <string_view>

namespace corduroy::http {

namespace {

// RFC 1928 section 3, 4 and 6; RFC 1929 section 2.
constexpr char version_5 = 5;
constexpr char authentication_version = 1;
constexpr unsigned char no_authentication = 0;
constexpr unsigned char by_password = 2;
constexpr unsigned char none_acceptable = 0xff;
enum AddressType : unsigned char { ipv4 = 1, name = 3, ipv6 = 4 };

std::string with_length(std::string_view text) { return std::string(1, static_cast<char>(text.size())).append(text); }

std::string socks_address(const SocksTarget& target) {
    std::string out;
    if (target.address.family() == AF_INET) {
        out = std::string(1, ipv4) + ipv4_bytes(target);
    } else if (target.address.family() == AF_INET6) {
        const auto* raw = reinterpret_cast<const sockaddr_in6*>(target.address.data());
        out = std::string(1, ipv6).append(reinterpret_cast<const char*>(&raw->sin6_addr), 16);
    } else {
        out = std::string(1, name) + with_length(target.host);
    }
    return out + port_bytes(target);
}

std::string greeting(const Proxy& proxy) {
    std::string methods(1, static_cast<char>(no_authentication));
    if (proxy.has_credentials()) methods += static_cast<char>(by_password);
    return std::string(1, version_5) + with_length(methods);
}

std::string authentication(const Proxy& proxy) {
    return std::string(1, authentication_version) + with_length(proxy.user()) + with_length(proxy.password());
}

std::string connect_request(const SocksTarget& target) {
    return std::string(1, version_5) + std::string(1, socks_connect) + std::string(1, '\0') + socks_address(target);
}

std::string reply_text(unsigned code) {
    switch (code) {
    case 1:
        return "general failure";
    case 2:
        return "its rules do not allow it";
    case 3:
        return "the network is unreachable";
    case 4:
        return "the host is unreachable";
    case 5:
        return "connection refused";
    case 6:
        return "it timed out";
    case 7:
        return "it knows no CONNECT";
    case 8:
        return "it knows no addresses of this kind";
    }
    return "its answer was the code " + std::to_string(code);
}

class Handshake {
public:
    Handshake(net::ByteStream& stream, const Proxy& proxy, const SocksTarget& target) noexcept
        : stream_(stream), reader_(stream), proxy_(proxy), target_(target) {}

    Task<std::string> run() {
        co_await agree_on_method();
        stream_.write_soon(connect_request(target_));
        std::string reply = co_await reader_.read_exactly(4);
        if (reply[0] != version_5) refuse_socks(proxy_, "what it sent is not SOCKS5");
        auto code = static_cast<unsigned char>(reply[1]);
        if (code != 0) {
            bool of_target = code >= 3 && code <= 6;
            bool of_address = code == 8; // it has no way to addresses of this kind
            if (of_target || of_address) co_return reply_text(code);
            refuse_socks(proxy_, "it did not connect to " + target_.text() + ": " + reply_text(code));
        }
        co_await skip_address(static_cast<unsigned char>(reply[3]));
        if (!reader_.buffered().empty()) refuse_socks(proxy_, "it sent bytes behind its answer");
        co_return std::string();
    }

private:
    Task<> agree_on_method() {
        stream_.write_soon(greeting(proxy_));
        std::string answer = co_await reader_.read_exactly(2);
        if (answer[0] != version_5) refuse_socks(proxy_, "what it sent is not SOCKS5");
        auto method = static_cast<unsigned char>(answer[1]);
        if (method == no_authentication) co_return;
        if (method == by_password && proxy_.has_credentials()) {
            co_await authenticate();
            co_return;
        }
        if (method == none_acceptable)
            refuse_socks(proxy_, proxy_.has_credentials()
                                     ? "it accepts neither no authentication nor user and password"
                                     : "it wants authentication, and there is no user and password");
        refuse_socks(proxy_, "it wants authentication of a kind that was not offered");
    }

    Task<> authenticate() {
        stream_.write_soon(authentication(proxy_));
        std::string answer = co_await reader_.read_exactly(2);
        if (answer[1] != 0) refuse_socks(proxy_, "it does not accept this user and password");
    }

    // The address that it connects from, which is of no use to us.
    Task<> skip_address(unsigned char type) {
        std::size_t size = 0;
        if (type == ipv4) {
            size = 4;
        } else if (type == ipv6) {
            size = 16;
        } else if (type == name) {
            std::string length = co_await reader_.read_exactly(1);
            size = static_cast<unsigned char>(length[0]);
        } else {
            refuse_socks(proxy_, "its answer holds an address of no known kind");
        }
        co_await reader_.read_exactly(size + 2);
    }

    net::ByteStream& stream_;
    net::BufferedReader reader_;
    const Proxy& proxy_;
    const SocksTarget& target_;
};

} // namespace

void check_socks5_target(const Proxy& proxy, const SocksTarget& target) {
    if (proxy.user().size() > longest_socks_text || proxy.password().size() > longest_socks_text)
        refuse_socks(proxy, "its user and password may have 255 bytes each, no more");
    if (target.address.empty() && target.host.size() > longest_socks_text)
        refuse_socks(proxy, "a name may have 255 bytes, no more");
}

Task<std::string> socks5_handshake(net::ByteStream& stream, const Proxy& proxy, const SocksTarget& target) {
    Handshake handshake(stream, proxy, target);
    co_return co_await handshake.run();
}

} // namespace corduroy::http
