#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace fetch {

// Memory in which much of a body is received before it is written, at once. The ring has a file written by a thread of
// its own: to wake that costs more than some hundred KiB do, however little is written.
class Block {
public:
    // Without memory.
    Block() noexcept = default;
    // 2 MiB, a huge page where there is one; without memory where eight have theirs, or where it cannot be had.
    static Block take() noexcept;
    Block(Block&& other) noexcept
        : memory_(std::exchange(other.memory_, nullptr)), held_(std::exchange(other.held_, 0)) {}
    Block& operator=(Block&& other) noexcept;
    ~Block() { give_back(); }

    explicit operator bool() const noexcept { return memory_ != nullptr; }
    // What it has room for behind what it holds.
    std::span<std::byte> room() const noexcept;
    bool nearly_full() const noexcept { return held_ + size / 8 > size; }
    bool holds_nothing() const noexcept { return held_ == 0; }
    // Holds the bytes, if they were put at the beginning of its room.
    bool add(std::string_view bytes) noexcept;
    // What it held until now; it stays as it is until something is put into its room.
    std::string_view take_held() noexcept;

private:
    static constexpr std::size_t size = std::size_t{2} << 20;
    static constexpr unsigned most = 8;

    void give_back() noexcept;

    std::byte* memory_ = nullptr;
    std::size_t held_ = 0;
};

} // namespace fetch
