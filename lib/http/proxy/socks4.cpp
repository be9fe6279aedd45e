#include "http/proxy/socks4.hpp"

#include <corduroy/net/buffered_reader.hpp>

#include <sys/socket.h>

namespace corduroy::http {

namespace {

constexpr char version_4 = 4;
// In place of an address: the name follows.
constexpr char named[] = {0, 0, 0, 1};
enum Reply : unsigned char { granted = 90, failed = 91, no_identd = 92, other_user = 93 };

std::string request_for(const Proxy& proxy, const SocksTarget& target) {
    bool by_name = target.address.empty();
    std::string out = {version_4, socks_connect};
    out += port_bytes(target);
    out += by_name ? std::string(named, sizeof named) : ipv4_bytes(target);
    out.append(proxy.user()).append(1, '\0');
    if (by_name) out.append(target.host).append(1, '\0');
    return out;
}

} // namespace

void check_socks4_target(const Proxy& proxy, const SocksTarget& target) {
    // What is sent ends with NUL.
    if (proxy.user().find('\0') != std::string::npos) refuse_socks(proxy, "SOCKS4 takes no user with a NUL");
    if (proxy.user().size() > longest_socks_text) refuse_socks(proxy, "its user may have 255 bytes, no more");
    if (!target.address.empty() && target.address.family() != AF_INET)
        refuse_socks(proxy, "SOCKS4 has no way to " + target.text() + ", which is no address of IPv4");
    if (target.host.size() > longest_socks_text) refuse_socks(proxy, "a name may have 255 bytes, no more");
}

Task<std::string> socks4_handshake(net::ByteStream& stream, const Proxy& proxy, const SocksTarget& target) {
    net::BufferedReader reader(stream);
    stream.write_soon(request_for(proxy, target));
    std::string reply = co_await reader.read_exactly(8); // behind the code an address, which is of no use to us
    if (reply[0] != 0) refuse_socks(proxy, "what it sent is not SOCKS4");
    auto code = static_cast<unsigned char>(reply[1]);
    if (code == failed) co_return "it refused or failed";
    if (code == no_identd || code == other_user) refuse_socks(proxy, "it does not accept this user");
    if (code != granted) refuse_socks(proxy, "its answer was the code " + std::to_string(code));
    if (!reader.buffered().empty()) refuse_socks(proxy, "it sent bytes behind its answer");
    co_return std::string();
}

} // namespace corduroy::http
