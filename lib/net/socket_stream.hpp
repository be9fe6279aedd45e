#pragma once

#include <corduroy/async/sync/resource_guard.hpp>
#include <corduroy/net/byte_stream.hpp>

#include "net/socket_record.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace corduroy::net {

// A ByteStream on a connected stream socket, TCP or Unix.
class SocketStream final : public ByteStream {
public:
    // `answers`: the peer speaks only when spoken to, so that nothing is there to be read yet.
    SocketStream(SocketRecord::Owner record, const Address& peer, bool answers);
    ~SocketStream() override;

    Task<std::size_t> read_some(std::span<std::byte> into, std::source_location site) override;
    Task<ReceivedBytes> receive(std::source_location site) override;
    Task<> write_all(std::span<const std::byte> bytes, std::source_location site) override;
    void write_soon(std::string bytes) override;
    void write_copy_soon(std::string_view bytes) override;
    std::size_t queued() const noexcept override { return record_->unsent(); }
    Task<> flush(std::source_location site) override;
    Task<> shutdown(std::source_location site) override;
    Task<bool> still_open(std::source_location site) override;
    bool quiet() const noexcept override {
        return !record_->closed() && record_->reactor().kernel().quiet(record_->fd());
    }
    Task<> gone(GoneSign sign, std::source_location site) override;
    void abort() noexcept override;
    Address local_address() const override;
    Address peer_address() const override;

private:
    class WholeWrite;

    // With a peer that speaks only when spoken to: whether it has answered, and was spoken to again after that, so that
    // one answer follows another.
    enum class Dialogue : std::uint8_t { none, begun, answered, goes_on };

    std::string name() const;
    ResourceGuard::Use hold_reads(const std::source_location& site);
    ResourceGuard::Use hold_writes(const std::source_location& site);
    kernel::Description receiving() const noexcept;
    kernel::Description receiving_lent() const noexcept;
    Task<ReceivedBytes> receive_own();
    auto receiving_words() const noexcept {
        return [this] { return "receive from " + name(); };
    }
    void spoken() noexcept {
        if (dialogue_ == Dialogue::answered) dialogue_ = Dialogue::goes_on;
    }
    int failure(int result) const noexcept;
    [[noreturn]] void throw_read_error(int result) const;
    [[noreturn]] void throw_write_error(int result) const;
    [[noreturn]] void raise(std::string_view what, int result) const;
    void check_ended() const;
    void check_writable() const;

    // What each read and write looks at, in few lines of the cache.
    SocketRecord::Owner record_;
    ResourceGuard reads_;
    ResourceGuard writes_;
    Dialogue dialogue_;
    bool more_expected_; // there may be something to be read: the last read left something behind, for one
    bool shut_down_ = false;
    bool watched_ = false;
    Address peer_;
    std::string broken_; // why nothing can be written any more
};

// A stream on a socket that this side has connected to `peer`, where it is the first to speak. `no_delay`: small sends
// are not to wait for what was sent before them to be acknowledged.
std::unique_ptr<ByteStream> adopt_connected(int fd, const Address& peer, bool no_delay);

} // namespace corduroy::net
