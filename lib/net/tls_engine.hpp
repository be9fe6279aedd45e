#pragma once

#include <corduroy/base/error.hpp>
#include <corduroy/net/tls_context.hpp>

#include "net/tls_handles.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace corduroy::net {

// One side of a TLS connection without input and output: received bytes are fed in, bytes to be sent come out. Records
// come out in the order in which they must reach the peer.
class TlsEngine {
public:
    enum class Role : std::uint8_t { client, server };

    enum class Outcome : std::uint8_t {
        done,        // it did what was asked
        wants_input, // it can do no more without more bytes from the peer; all that was fed is used up
        ended,       // the peer ended its side in order (close_notify)
        failed,      // for good: see fault(); what is in the output is worth sending all the same
    };

    TlsEngine(std::shared_ptr<const TlsContext> context, Role role);
    TlsEngine(const TlsEngine&) = delete;
    TlsEngine& operator=(const TlsEngine&) = delete;
    ~TlsEngine();

    // For clients, before the handshake: the name or address to ask for and to verify, the time that counts for it, and
    // who the peer is in the memory of sessions.
    void expect(const std::string& host, std::chrono::system_clock::time_point now, std::string session_peer);

    Outcome handshake();

    // Decrypts into `into`, which is not empty; `count` says how much, at least one byte where the outcome is `done`.
    Outcome read(std::span<std::byte> into, std::size_t& count);
    // Makes sure that there is something to read, and says how much at most can be had without more input.
    Outcome look(std::size_t& at_most);
    // Whether bytes of the peer's lie here that have not been given out, even if only a part of a record.
    bool holds_input() const noexcept;
    // Nothing is to be read, nor the end, before there is more input.
    bool quiet() const noexcept;

    // Encrypts all of it.
    Outcome write(std::span<const std::byte> bytes);
    // Says that nothing more will be written.
    Outcome close();

    // The input. Memory that was fed stays the caller's and must stay until it is used up or something else is fed.
    void feed(std::span<const std::byte> bytes) noexcept {
        held_ += bytes.size() - input_.size(); // what is fed may be a copy of what was left of the input
        input_ = bytes;
    }
    std::span<const std::byte> unused() const noexcept { return input_; }

    // The output, for the taking.
    std::string& output() noexcept { return output_; }

    bool failed() const noexcept { return failed_; }
    // Why it failed.
    const std::string& fault() const noexcept { return fault_; }
    TlsError::About fault_about() const noexcept { return fault_about_; }

    // What was agreed on; after the handshake.
    bool resumed() const noexcept;
    std::string_view version() const noexcept;
    std::string_view alpn() const noexcept;

    // Asks the peer, and promises, to change keys. TLS 1.3 alone has this.
    Outcome update_keys();

    // A callback for the SSL_CTX.
    static int session_made(SSL* ssl, SSL_SESSION* session) noexcept;

private:
    static const BIO_METHOD* bio_method();
    static TlsEngine& of(SSL* ssl) noexcept;
    static int bio_read(BIO* bio, char* into, int size) noexcept;
    static int bio_write(BIO* bio, const char* bytes, int size) noexcept;
    static long bio_control(BIO* bio, int command, long number, void* pointer) noexcept;
    static int certificate_seen(int accepted, X509_STORE_CTX* verification) noexcept;

    bool is_quiet() noexcept;
    Outcome judge(int returned);
    Outcome fail(std::string fault, TlsError::About about = TlsError::About::protocol);

    std::shared_ptr<const TlsContext> context_; // outlives the SSL, whose callbacks use it
    SslHandle ssl_;
    std::span<const std::byte> input_;
    std::size_t held_ = 0; // no fewer bytes than can be read without more input
    std::string output_;
    std::string session_peer_;
    std::string certificate_fault_;
    std::string fault_;
    TlsError::About fault_about_ = TlsError::About::protocol;
    bool failed_ = false;
    bool out_of_memory_ = false;
    bool expects_server_ = false;
};

} // namespace corduroy::net
