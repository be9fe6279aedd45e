#include "net/tls_engine.hpp"

#include <corduroy/base/error.hpp>

#include "net/pinned_keys.hpp"
#include "net/tls_context_impl.hpp"
#include "net/tls_faults.hpp"
#include "net/tls_random.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <exception>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <utility>

namespace corduroy::net {

namespace {

void require(bool succeeded) {
    if (!succeeded) throw TlsError("set up OpenSSL failed: " + take_tls_fault());
}

// The plaintext of a record (RFC 8446, 5.1).
constexpr std::size_t largest_record = std::size_t{1} << 14;

// Errors of before would be taken for those of the next call. There hardly ever are any, and looking is much cheaper
// than emptying OpenSSL's queue.
void forget_errors() noexcept {
    if (ERR_peek_error() != 0) ERR_clear_error();
}

bool is_address(const std::string& host) {
    unsigned char bytes[16];
    return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

} // namespace

TlsEngine::TlsEngine(std::shared_ptr<const TlsContext> context, Role role) : context_(std::move(context)) {
    follow_simulated_random();
    ssl_.reset(SSL_new(context_->impl().handle.get()));
    require(ssl_ != nullptr);
    BIO* bio = BIO_new(bio_method());
    require(bio != nullptr);
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio); // takes the one reference, for both directions
    SSL_set_app_data(ssl_.get(), this);
    if (role == Role::client)
        SSL_set_connect_state(ssl_.get());
    else
        SSL_set_accept_state(ssl_.get());
}

TlsEngine::~TlsEngine() {
    // Without this OpenSSL takes the session of a connection that was not closed in both directions for broken, and
    // what the cache holds of it for useless.
    if (!failed_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void TlsEngine::expect(const std::string& host, std::chrono::system_clock::time_point now, std::string session_peer) {
    SSL* ssl = ssl_.get();
    // A zone ("fe80::1%eth0") is the machine's own affair; the dot at the end of a name is the resolver's.
    std::string name = host.substr(0, host.find('%'));
    if (name.size() > 1 && name.back() == '.') name.pop_back();
    bool address = is_address(name);
    if (!address && !name.empty()) require(SSL_set_tlsext_host_name(ssl, name.c_str()) == 1);
    session_peer_ = std::move(session_peer);
    if (SslSessionHandle session = context_->impl().sessions.take(session_peer_)) SSL_set_session(ssl, session.get());
    expects_server_ = true;
    if (context_->settings().insecure_accept_any_certificate) return;

    context_->impl().need_roots();
    if (name.empty()) throw TlsError("a TLS server can be verified only for a name or an address, and none is given");
    X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (address)
        require(X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str()) == 1);
    else
        require(X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size()) == 1);
    X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(now));
    SSL_set_verify(ssl, SSL_VERIFY_PEER, &certificate_seen);
}

// ---- what is asked of it ----

TlsEngine::Outcome TlsEngine::handshake() {
    if (failed_) return Outcome::failed;
    forget_errors();
    Outcome outcome = judge(SSL_do_handshake(ssl_.get()));
    const std::vector<std::string>& pins = context_->impl().pins;
    if (outcome != Outcome::done || !expects_server_ || pins.empty()) return outcome;
    std::string key = key_hash(*ssl_);
    if (std::find(pins.begin(), pins.end(), key) != pins.end()) return outcome;
    return fail("the server's public key is none of those that are pinned: it is sha256//" + key,
                TlsError::About::pinned_key);
}

TlsEngine::Outcome TlsEngine::read(std::span<std::byte> into, std::size_t& count) {
    count = 0;
    if (failed_) return Outcome::failed;
    if (is_quiet()) return Outcome::wants_input;
    forget_errors();
    do {
        std::size_t got = 0;
        int returned = SSL_read_ex(ssl_.get(), into.data() + count, into.size() - count, &got);
        if (returned != 1) {
            // What came before an end or a failure is given out first; they are still there the next time.
            Outcome outcome = judge(returned);
            return count > 0 ? Outcome::done : outcome;
        }
        count += got;
        held_ -= got;
    } while (count < into.size() && !is_quiet());
    return Outcome::done;
}

// Whether OpenSSL, asked to read, could only say that it wants input. It takes its time to say so.
bool TlsEngine::is_quiet() noexcept {
    if (!holds_input()) held_ = 0;
    return quiet();
}

bool TlsEngine::quiet() const noexcept {
    return !failed_ && !holds_input() && (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) == 0;
}

TlsEngine::Outcome TlsEngine::look(std::size_t& at_most) {
    at_most = 0;
    if (failed_) return Outcome::failed;
    forget_errors();
    std::byte first{};
    std::size_t got = 0;
    int returned = SSL_peek_ex(ssl_.get(), &first, 1, &got);
    if (returned != 1) return judge(returned);
    at_most = held_;
    return Outcome::done;
}

bool TlsEngine::holds_input() const noexcept { return !input_.empty() || SSL_has_pending(ssl_.get()) == 1; }

TlsEngine::Outcome TlsEngine::write(std::span<const std::byte> bytes) {
    if (failed_) return Outcome::failed;
    forget_errors();
    while (!bytes.empty()) {
        std::size_t taken = 0;
        int returned = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &taken);
        if (returned != 1) {
            // The output takes everything, and nothing in the middle of a connection makes a writer wait for the peer
            // where renegotiation is refused.
            Outcome outcome = judge(returned);
            return outcome == Outcome::wants_input ? fail("the peer wants a new handshake") : outcome;
        }
        bytes = bytes.subspan(taken);
    }
    return Outcome::done;
}

TlsEngine::Outcome TlsEngine::close() {
    if (failed_) return Outcome::failed;
    forget_errors();
    int returned = SSL_shutdown(ssl_.get()); // 0: said, and the peer has not said it yet
    return returned >= 0 ? Outcome::done : judge(returned);
}

TlsEngine::Outcome TlsEngine::update_keys() {
    if (failed_) return Outcome::failed;
    forget_errors();
    if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) != 1) return fail(take_tls_fault());
    return judge(SSL_do_handshake(ssl_.get()));
}

TlsEngine::Outcome TlsEngine::judge(int returned) {
    if (returned == 1) return Outcome::done;
    switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
        held_ = SSL_has_pending(ssl_.get()) == 1 ? std::min(held_, largest_record) : 0; // a part of one, if anything
        return Outcome::wants_input;
    case SSL_ERROR_ZERO_RETURN:
        return Outcome::ended;
    }
    if (out_of_memory_) return fail("out of memory"); // OpenSSL was not told why
    if (!certificate_fault_.empty()) return fail(certificate_fault_, TlsError::About::peer_certificate);
    return fail(take_tls_fault());
}

TlsEngine::Outcome TlsEngine::fail(std::string fault, TlsError::About about) {
    ERR_clear_error();
    failed_ = true;
    fault_about_ = about;
    fault_ = std::move(fault);
    return Outcome::failed;
}

// ---- what was agreed on ----

bool TlsEngine::resumed() const noexcept { return SSL_session_reused(ssl_.get()) == 1; }

std::string_view TlsEngine::version() const noexcept { return SSL_get_version(ssl_.get()); }

std::string_view TlsEngine::alpn() const noexcept {
    const unsigned char* protocol = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl_.get(), &protocol, &length);
    return {reinterpret_cast<const char*>(protocol), length};
}

// ---- callbacks: no exception may pass through OpenSSL ----

TlsEngine& TlsEngine::of(SSL* ssl) noexcept { return *static_cast<TlsEngine*>(SSL_get_app_data(ssl)); }

int TlsEngine::session_made(SSL* ssl, SSL_SESSION* session) noexcept {
    TlsEngine& self = of(ssl);
    if (self.session_peer_.empty()) return 0;
    SSL_SESSION_up_ref(session);
    SslSessionHandle kept(session);
    try {
        self.context_->impl().sessions.put(self.session_peer_, std::move(kept));
    } catch (const std::exception&) { // it is only a session less
    }
    return 0; // the reference that came with the call was not taken
}

// Called for every certificate of the chain that is found wanting, and once for each that is not.
int TlsEngine::certificate_seen(int accepted, X509_STORE_CTX* verification) noexcept {
    if (accepted == 1) return 1;
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
    try {
        of(ssl).certificate_fault_ = certificate_fault(*verification);
    } catch (const std::exception&) { // then OpenSSL's own words must do
    }
    return 0;
}

// A table of functions, the same for all.
const BIO_METHOD* TlsEngine::bio_method() {
    static const BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "corduroy");
        require(made != nullptr);
        BIO_meth_set_read(made, &bio_read);
        BIO_meth_set_write(made, &bio_write);
        BIO_meth_set_ctrl(made, &bio_control);
        return made;
    }();
    return method;
}

int TlsEngine::bio_read(BIO* bio, char* into, int size) noexcept {
    auto& self = *static_cast<TlsEngine*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (self.input_.empty() || size <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    std::size_t count = std::min(self.input_.size(), static_cast<std::size_t>(size));
    std::memcpy(into, self.input_.data(), count);
    self.input_ = self.input_.subspan(count);
    return static_cast<int>(count);
}

int TlsEngine::bio_write(BIO* bio, const char* bytes, int size) noexcept {
    auto& self = *static_cast<TlsEngine*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    try {
        self.output_.append(bytes, static_cast<std::size_t>(size));
    } catch (const std::exception&) {
        self.out_of_memory_ = true;
        return -1;
    }
    return size;
}

long TlsEngine::bio_control(BIO*, int command, long, void*) noexcept { return command == BIO_CTRL_FLUSH ? 1 : 0; }

} // namespace corduroy::net
