#pragma once

#include "support/certificates.hpp"
#include "support/child_process.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace corduroy::testing {

// `openssl s_server` on a loopback port of the system's choice, with one of the test's certificates. It serves one
// connection after the other.
class TlsServer {
public:
    // `mode` says what it does: -rev gives back each line reversed, -WWW serves the files of the certificates' folder.
    TlsServer(const std::string& certificate, std::vector<std::string> mode)
        : process_(command(certificate, std::move(mode)), Certificates::shared().folder()) {
        std::string accepts = process_.line("ACCEPT ");
        port_ = static_cast<std::uint16_t>(std::stoi(accepts.substr(accepts.rfind(':') + 1)));
    }

    std::uint16_t port() const { return port_; }
    ChildProcess& process() { return process_; }

private:
    static std::vector<std::string> command(const std::string& certificate, std::vector<std::string> mode) {
        const Certificates& files = Certificates::shared();
        std::vector<std::string> all{"openssl", "s_server",
                                     "-accept", "127.0.0.1:0",
                                     "-cert",   files.certificate(certificate),
                                     "-key",    files.key(certificate)};
        all.insert(all.end(), mode.begin(), mode.end());
        return all;
    }

    ChildProcess process_;
    std::uint16_t port_ = 0;
};

} // namespace corduroy::testing
