#include <corduroy/net/tls_context.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include "net/pinned_keys.hpp"
#include "net/tls_context_impl.hpp"
#include "net/tls_engine.hpp"
#include "net/tls_faults.hpp"
#include "net/tls_random.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <limits>
#include <openssl/err.h>
#include <openssl/pemerr.h>
#include <openssl/x509err.h>
#include <sys/stat.h>
#include <utility>

namespace corduroy::net {

namespace {

using About = TlsError::About;

[[noreturn]] void fail(const std::string& tried, const std::string& cause, About about = About::protocol) {
    throw TlsError(tried + " failed: " + cause, about);
}

// What the queue says of a PEM file, where OpenSSL's own words would not help; `content` is what should be in it.
std::string file_fault(const std::string& path, const std::string& content) {
    struct stat status{};
    bool directory = ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    unsigned long first = ERR_peek_error();
    auto says = [&](int library, int reason) {
        return ERR_GET_LIB(first) == library && ERR_GET_REASON(first) == reason;
    };
    bool empty = says(ERR_LIB_PEM, PEM_R_NO_START_LINE) || says(ERR_LIB_X509, X509_R_NO_CERTIFICATE_OR_CRL_FOUND) ||
                 says(ERR_LIB_OSSL_DECODER, ERR_R_UNSUPPORTED);
    std::string cause = take_tls_fault();
    if (directory) return errno_message(EISDIR);
    return empty ? "it holds no " + content + " in PEM form" : cause;
}

// A key's password, from the settings: nobody is asked for it on the terminal.
struct KeyPassword {
    const TlsSettings& settings;
    const std::string& file;
    bool wanted = false;
    std::exception_ptr failure{}; // of the function that was asked

    std::string get() const {
        if (!settings.key_password.empty() || !settings.ask_key_password) return settings.key_password;
        return settings.ask_key_password(file);
    }
};

int give_password(char* into, int size, int, void* context) {
    auto& self = *static_cast<KeyPassword*>(context);
    self.wanted = true;
    try {
        std::string password = self.get();
        if (password.empty() || password.size() > static_cast<std::size_t>(size)) return -1;
        std::copy(password.begin(), password.end(), into);
        return static_cast<int>(password.size());
    } catch (...) { // no exception may pass through OpenSSL
        self.failure = std::current_exception();
        return -1;
    }
}

std::string wire_form(const std::vector<std::string>& protocols) {
    std::string wire;
    for (const std::string& protocol : protocols) {
        if (protocol.empty() || protocol.size() > 255)
            throw TlsError("the ALPN protocol \"" + protocol + "\" does not have 1 to 255 bytes");
        wire += static_cast<char>(protocol.size());
        wire += protocol;
    }
    return wire;
}

int select_protocol(SSL*, const unsigned char** selected, unsigned char* length, const unsigned char* offered,
                    unsigned offered_length, void* argument) {
    const auto& ours = *static_cast<const std::string*>(argument);
    unsigned char* chosen = nullptr;
    int outcome = SSL_select_next_proto(&chosen, length, reinterpret_cast<const unsigned char*>(ours.data()),
                                        static_cast<unsigned>(ours.size()), offered, offered_length);
    *selected = chosen;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void load_revocations(SSL_CTX* context, const std::string& path) {
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    X509_LOOKUP* lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    if (lookup == nullptr || X509_load_crl_file(lookup, path.c_str(), X509_FILETYPE_PEM) < 1)
        fail("read the revocation file " + path, file_fault(path, "revocation list"), About::revocations);
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

void choose_ciphers(SSL_CTX* context, const TlsSettings& settings) {
    auto choose = [context](int (*set)(SSL_CTX*, const char*), const std::string& names, const char* what) {
        if (!names.empty() && set(context, names.c_str()) != 1)
            fail(std::string("choose the ") + what + " " + names, take_tls_fault(), About::ciphers);
    };
    choose(SSL_CTX_set_cipher_list, settings.ciphers, "ciphers");
    choose(SSL_CTX_set_ciphersuites, settings.ciphers_1_3, "ciphers of TLS 1.3");
    auto set_groups = [](SSL_CTX* of, const char* names) {
        return static_cast<int>(SSL_CTX_set1_groups_list(of, names));
    };
    choose(set_groups, settings.groups, "groups");
}

// The system's are read when they are needed.
void load_roots(SSL_CTX* context, const TlsSettings& settings) {
    const std::string& directory = settings.ca_directory;
    if (!directory.empty() && SSL_CTX_load_verify_dir(context, directory.c_str()) != 1)
        fail("read the CA directory " + directory, take_tls_fault(), About::roots);
    if (settings.ca_file.empty()) return;
    if (SSL_CTX_load_verify_file(context, settings.ca_file.c_str()) != 1)
        fail("read the CA file " + settings.ca_file, file_fault(settings.ca_file, "certificate"), About::roots);
    // Whoever names a certificate trusts it, be it a root or not; so does curl.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
}

void load_certificate(SSL_CTX* context, const TlsSettings& settings) {
    const std::string& certificate = settings.certificate_file;
    const std::string& key = settings.key_file.empty() ? certificate : settings.key_file;
    if (certificate.empty()) return;
    if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
        fail("read the certificate file " + certificate, file_fault(certificate, "certificate"),
             About::own_certificate);
    KeyPassword password{settings, key};
    SSL_CTX_set_default_passwd_cb(context, &give_password);
    SSL_CTX_set_default_passwd_cb_userdata(context, &password);
    bool read = SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb(context, nullptr);
    SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
    if (password.failure) std::rethrow_exception(password.failure);
    bool other = !read && ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_X509;
    // A key of another kind than the certificate's is not compared when it is read.
    other = other || (read && SSL_CTX_check_private_key(context) != 1);
    if (read && !other) return;
    std::string cause = file_fault(key, "private key");
    bool given = !settings.key_password.empty() || settings.ask_key_password;
    if (password.wanted)
        cause = given ? "it is encrypted, and the password given does not fit"
                      : "it is encrypted, and there is no password";
    if (other) cause = "it is not the key of the certificate in " + certificate;
    fail("read the key file " + key, cause, About::own_certificate);
}

// A ticket holds the time at which it was made. Time as OpenSSL reads it is the machine's, so that a simulation's
// tickets would be others each time; there they are all of the same moment, and good for as long as there are.
int date_ticket(SSL* ssl, void*) {
    if (!simulated_here()) return 1;
    SSL_SESSION* session = SSL_get_session(ssl);
#if OPENSSL_VERSION_NUMBER >= 0x30300000L
    SSL_SESSION_set_time_ex(session, 1);
#else
    SSL_SESSION_set_time(session, 1);
#endif
    SSL_SESSION_set_timeout(session, std::numeric_limits<int>::max());
    return 1;
}

} // namespace

TlsContext::Impl::Impl(const TlsSettings& settings)
    : alpn(wire_form(settings.alpn)), pins(parse_pinned_keys(settings.pinned_keys)) {
    ERR_clear_error();
    follow_simulated_random(); // the keys of tickets are drawn with the context
    handle.reset(SSL_CTX_new(TLS_method()));
    if (handle == nullptr) fail("set up OpenSSL", take_tls_fault());
    SSL_CTX* context = handle.get();
    int oldest = settings.minimum_version == TlsVersion::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
    if (SSL_CTX_set_min_proto_version(context, oldest) != 1) fail("set up OpenSSL", take_tls_fault());
    if (settings.maximum_version) {
        int newest = *settings.maximum_version == TlsVersion::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
        if (SSL_CTX_set_max_proto_version(context, newest) != 1) fail("set up OpenSSL", take_tls_fault());
    }
    choose_ciphers(context, settings);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_read_ahead(context, 1); // a record in one piece, not its header first
    // Servers remember nothing: their clients bring it along in tickets. What clients remember is in `sessions`.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, &TlsEngine::session_made);
    SSL_CTX_set_session_ticket_cb(context, &date_ticket, nullptr, nullptr);
    if (!alpn.empty()) {
        // The one call of OpenSSL that returns 0 on success.
        const auto* wire = reinterpret_cast<const unsigned char*>(alpn.data());
        if (SSL_CTX_set_alpn_protos(context, wire, static_cast<unsigned>(alpn.size())) != 0)
            fail("set up OpenSSL", take_tls_fault());
        SSL_CTX_set_alpn_select_cb(context, &select_protocol, &alpn);
    }
    if (!settings.insecure_accept_any_certificate) load_roots(context, settings);
    system_roots_wanted =
        !settings.insecure_accept_any_certificate && settings.ca_file.empty() && settings.ca_directory.empty();
    // What is sent as our own is to be the same before they are read, and after.
    if (system_roots_wanted) SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
    if (!settings.revocation_file.empty()) load_revocations(context, settings.revocation_file);
    load_certificate(context, settings);
    ERR_clear_error();
}

void TlsContext::Impl::read_system_roots() {
    if (SSL_CTX_set_default_verify_paths(handle.get()) != 1)
        fail("read the system's root certificates", take_tls_fault(), About::roots);
    ERR_clear_error();
    system_roots_wanted = false;
}

TlsContext::TlsContext(const TlsSettings& settings) : settings_(settings), impl_(std::make_unique<Impl>(settings_)) {}

TlsContext::~TlsContext() = default;

void TlsContext::read_roots() const { impl_->need_roots(); }

std::shared_ptr<const TlsContext> TlsContext::make(const TlsSettings& settings) {
    Reactor* reactor = Reactor::current_or_null();
    if (settings.insecure_accept_any_certificate && reactor != nullptr)
        reactor->log(LogLevel::warning, "net", [] {
            return std::string("TLS without verification: any certificate is accepted, and anybody in between can read "
                               "and change everything");
        });
    return std::shared_ptr<const TlsContext>(new TlsContext(settings));
}

} // namespace corduroy::net
