#pragma once

#include "testing/stream_decorator.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

namespace corduroy::testing {

// Delivers one byte at a time, whoever reads.
class ByteAtATime : public StreamDecorator {
public:
    using StreamDecorator::StreamDecorator;

    Task<std::size_t> read_some(std::span<std::byte> into, std::source_location site) override {
        return below_->read_some(into.first(std::min<std::size_t>(into.size(), 1)), site);
    }
    Task<net::ReceivedBytes> receive(std::source_location site) override {
        auto own = std::make_unique<std::byte[]>(1);
        std::span<std::byte> into(own.get(), 1);
        std::size_t count = co_await below_->read_some(into, site);
        co_return net::ReceivedBytes(std::move(own), count);
    }
};

// Shows a function the bytes that were received, which it may change.
class Meddler : public StreamDecorator {
public:
    using Meddle = std::function<void(std::span<std::byte>)>;
    Meddler(std::unique_ptr<net::ByteStream> below, Meddle meddle)
        : StreamDecorator(std::move(below)), meddle_(std::move(meddle)) {}

    Task<std::size_t> read_some(std::span<std::byte> into, std::source_location site) override {
        std::size_t count = co_await below_->read_some(into, site);
        meddle_(into.first(count));
        co_return count;
    }
    Task<net::ReceivedBytes> receive(std::source_location site) override {
        auto own = std::make_unique<std::byte[]>(room);
        std::span<std::byte> into(own.get(), room);
        std::size_t count = co_await read_some(into, site);
        co_return net::ReceivedBytes(std::move(own), count);
    }

private:
    static constexpr std::size_t room = 8192;
    Meddle meddle_;
};

} // namespace corduroy::testing
