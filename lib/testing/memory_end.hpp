#pragma once

#include "testing/memory_pipe.hpp"

#include <corduroy/async/sync/resource_guard.hpp>
#include <corduroy/net/byte_stream.hpp>

#include <memory>
#include <string>

namespace corduroy::testing {

// One end of a connection in memory: a ByteStream between two pipes, which it shares with the other end, be that a
// stream too or whatever else puts bytes into one pipe and takes them from the other.
class MemoryEnd final : public net::ByteStream {
public:
    MemoryEnd(std::shared_ptr<MemoryPipe> in, std::shared_ptr<MemoryPipe> out, const net::Address& local,
              const net::Address& peer) noexcept
        : in_(std::move(in)), out_(std::move(out)), local_(local), peer_(peer) {}
    ~MemoryEnd() override;

    Task<std::size_t> read_some(std::span<std::byte> into, std::source_location site) override;
    Task<net::ReceivedBytes> receive(std::source_location site) override;
    Task<> write_all(std::span<const std::byte> bytes, std::source_location site) override;
    void write_soon(std::string bytes) override;
    Task<> flush(std::source_location site) override;
    Task<> shutdown(std::source_location site) override;
    Task<bool> still_open(std::source_location site) override;
    bool quiet() const noexcept override { return !closed_ && in_->sight() == MemoryPipe::Sight::nothing; }
    void abort() noexcept override;
    net::Address local_address() const override { return local_; }
    net::Address peer_address() const override { return peer_; }

private:
    Task<bool> readable();
    Task<> drained();
    void check_writable() const;
    void write_ended();
    ResourceGuard::Use hold_reads(const std::source_location& site);
    ResourceGuard::Use hold_writes(const std::source_location& site);

    std::shared_ptr<MemoryPipe> in_;
    std::shared_ptr<MemoryPipe> out_;
    net::Address local_;
    net::Address peer_;
    ResourceGuard reads_;
    ResourceGuard writes_;
    bool closed_ = false;
    bool shut_down_ = false;
    bool writing_ = false;
    std::string broken_; // why nothing can be written any more, should a write that lasts end here
    std::string later_;  // what was queued while somebody writes
};

} // namespace corduroy::testing
