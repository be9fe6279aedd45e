#pragma once

#include <corduroy/async/sync/resource_guard.hpp>
#include <corduroy/net/byte_stream.hpp>

#include "net/input_memory.hpp"
#include "net/tls_engine.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace corduroy::net {

// A ByteStream inside TLS, on top of another one.
//
// Records must reach the peer in the order in which they were encrypted, and a reader may have something to send too
// (an alert). So what is encrypted is handed to the stream below at once: by `write_soon`, which keeps the order and
// gathers a flight into one send, or by a `write_all` that nothing is queued before.
class TlsStream final : public ByteStream {
public:
    // `name` is what messages call the peer.
    TlsStream(std::unique_ptr<ByteStream> below, std::shared_ptr<const TlsContext> context, TlsEngine::Role role,
              std::string name);

    // To be awaited to its end before anything else.
    Task<> handshake(std::source_location site = std::source_location::current());
    [[noreturn]] void throw_closed_in_handshake() const;

    Task<std::size_t> read_some(std::span<std::byte> into,
                                std::source_location site = std::source_location::current()) override;
    Task<ReceivedBytes> receive(std::source_location site = std::source_location::current()) override;
    Task<> write_all(std::span<const std::byte> bytes,
                     std::source_location site = std::source_location::current()) override;
    void write_soon(std::string bytes) override;
    std::size_t queued() const noexcept override { return later_.size() + below_->queued(); }
    Task<> flush(std::source_location site = std::source_location::current()) override;
    Task<> shutdown(std::source_location site = std::source_location::current()) override;
    Task<bool> still_open(std::source_location site = std::source_location::current()) override;
    bool quiet() const noexcept override { return engine_.quiet() && below_->quiet(); }
    Task<> gone(GoneSign sign, std::source_location site) override { return below_->gone(sign, site); }
    void abort() noexcept override { below_->abort(); }
    Address local_address() const override { return below_->local_address(); }
    Address peer_address() const override { return below_->peer_address(); }

    TlsEngine& engine() noexcept { return engine_; }
    const std::string& name() const noexcept { return name_; }

private:
    enum class Amount : bool { little, much };
    class WholeWrite;

    ResourceGuard::Use hold_reads(const std::source_location& site);
    ResourceGuard::Use hold_writes(const std::source_location& site);

    Task<bool> more_input(Amount amount, std::source_location site);
    void keep_input() noexcept;
    Task<> fail_reading(bool sends, std::source_location site);
    [[noreturn]] void throw_truncated() const;
    template <class Fault>
    [[noreturn]] static void raise(const Fault& fault);
    [[noreturn]] void throw_handshake_fault(const std::string& cause) const;
    std::string handshake_failure(std::string_view cause) const;

    TlsEngine::Outcome encrypt(std::span<const std::byte> bytes);
    bool send_output();
    bool send_replies() noexcept;
    void check_replies() const;
    Task<> flush_below(std::source_location site);
    void check_writable() const;
    [[noreturn]] void throw_write_fault(const std::string& cause) const;

    std::unique_ptr<ByteStream> below_;
    TlsEngine engine_;
    std::string name_;
    ResourceGuard reads_;
    ResourceGuard writes_;

    // Where the engine's input lies: a loan from below, or memory of our own.
    ReceivedBytes loan_;
    InputMemory own_;

    std::string sending_;       // what `write_all` has in flight; the engine's output is another string
    std::string later_;         // not encrypted yet: what was queued while `write_all` was not done
    std::uint64_t queued_ = 0;  // how often something was queued below
    std::uint64_t flushed_ = 0; // how much of that is known to have been sent
    std::size_t replies_ = 0;   // bytes that reading has queued below since nothing was queued there
    bool writing_ = false;
    bool shut_down_ = false;
    std::string broken_; // why nothing can be written any more
};

} // namespace corduroy::net
