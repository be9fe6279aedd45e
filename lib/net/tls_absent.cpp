// What stands in for TLS in a build without OpenSSL.
#include <corduroy/net/tls.hpp>

#include <corduroy/base/error.hpp>

namespace corduroy::net {

namespace {

[[noreturn]] void refuse() { throw TlsError("this build of Corduroy has no TLS: it was made without OpenSSL"); }

} // namespace

struct TlsContext::Impl {};

TlsContext::TlsContext(const TlsSettings& settings) : settings_(settings) {}

TlsContext::~TlsContext() = default;

void TlsContext::read_roots() const { refuse(); }

std::shared_ptr<const TlsContext> TlsContext::make(const TlsSettings&) { refuse(); }

Task<std::unique_ptr<ByteStream>> start_tls_client(std::unique_ptr<ByteStream>, std::shared_ptr<const TlsContext>,
                                                   std::string) {
    refuse();
    co_return nullptr;
}

Task<std::unique_ptr<ByteStream>> start_tls_server(std::unique_ptr<ByteStream>, std::shared_ptr<const TlsContext>) {
    refuse();
    co_return nullptr;
}

bool tls_available() noexcept { return false; }

} // namespace corduroy::net
