#pragma once

#include <corduroy/kernel/kernel.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace corduroy::net {

// Bytes that a stream received, on loan: a buffer of the kernel's, which goes back when this is released or destroyed,
// memory of its own, or a view of the stream's. Kernel buffers are few and shared by all connections of a reactor: use
// the bytes, or copy them, and release them before the next await. A loan ends at the latest with the next read from
// the stream, and never outlives the reactor. Empty at the end of the stream.
class ReceivedBytes {
public:
    ReceivedBytes() noexcept = default;
    // The first `size` bytes of the provided buffer `id`, to be given back.
    ReceivedBytes(kernel::Kernel& lender, std::uint16_t id, std::size_t size) noexcept
        : bytes_(lender.buffer(id).first(size)), lender_(&lender), id_(id) {}
    ReceivedBytes(std::unique_ptr<std::byte[]> own, std::size_t size) noexcept
        : bytes_(own.get(), size), own_(std::move(own)) {}
    // A view of memory that stays valid until the next read from the stream.
    explicit ReceivedBytes(std::span<const std::byte> borrowed) noexcept : bytes_(borrowed) {}

    ReceivedBytes(ReceivedBytes&& other) noexcept
        : bytes_(std::exchange(other.bytes_, {})), own_(std::move(other.own_)),
          lender_(std::exchange(other.lender_, nullptr)), id_(other.id_) {}
    ReceivedBytes& operator=(ReceivedBytes&& other) noexcept {
        if (this == &other) return *this;
        release();
        bytes_ = std::exchange(other.bytes_, {});
        own_ = std::move(other.own_);
        lender_ = std::exchange(other.lender_, nullptr);
        id_ = other.id_;
        return *this;
    }
    ~ReceivedBytes() { release(); }

    bool empty() const noexcept { return bytes_.empty(); }
    std::size_t size() const noexcept { return bytes_.size(); }
    std::span<const std::byte> bytes() const noexcept { return bytes_; }
    std::string_view text() const noexcept { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

    // Ends the loan early; it is empty then.
    void release() noexcept {
        bytes_ = {};
        own_.reset();
        if (auto* lender = std::exchange(lender_, nullptr)) lender->give_back(id_);
    }

private:
    std::span<const std::byte> bytes_;
    std::unique_ptr<std::byte[]> own_;
    kernel::Kernel* lender_ = nullptr;
    std::uint16_t id_ = 0;
};

} // namespace corduroy::net
