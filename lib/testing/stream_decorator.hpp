#pragma once

#include <corduroy/net/byte_stream.hpp>

#include <memory>
#include <utility>

namespace corduroy::testing {

// A ByteStream in front of another one that passes everything through; derive from it what is to be different.
class StreamDecorator : public net::ByteStream {
public:
    explicit StreamDecorator(std::unique_ptr<net::ByteStream> below) : below_(std::move(below)) {}

    Task<std::size_t> read_some(std::span<std::byte> into, std::source_location site) override {
        return below_->read_some(into, site);
    }
    Task<net::ReceivedBytes> receive(std::source_location site) override { return below_->receive(site); }
    Task<> write_all(std::span<const std::byte> bytes, std::source_location site) override {
        return below_->write_all(bytes, site);
    }
    void write_soon(std::string bytes) override { below_->write_soon(std::move(bytes)); }
    std::size_t queued() const noexcept override { return below_->queued(); }
    Task<> flush(std::source_location site) override { return below_->flush(site); }
    Task<> shutdown(std::source_location site) override { return below_->shutdown(site); }
    Task<bool> still_open(std::source_location site) override { return below_->still_open(site); }
    bool quiet() const noexcept override { return below_->quiet(); }
    Task<> gone(net::GoneSign sign, std::source_location site) override { return below_->gone(sign, site); }
    void abort() noexcept override { below_->abort(); }
    net::Address local_address() const override { return below_->local_address(); }
    net::Address peer_address() const override { return below_->peer_address(); }

protected:
    std::unique_ptr<net::ByteStream> below_;
};

} // namespace corduroy::testing
