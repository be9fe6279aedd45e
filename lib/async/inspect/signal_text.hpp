#pragma once

#include <cstddef>
#include <string_view>

namespace corduroy::detail {

// A text that a signal handler may build and write: it allocates nothing, and what it has no room for is cut off.
class SignalText {
public:
    SignalText& operator<<(std::string_view text) noexcept;
    SignalText& operator<<(long long number) noexcept;

    // Writes it to the descriptor, as far as that takes it, and empties it.
    void write_to(int descriptor) noexcept;

private:
    static constexpr std::size_t capacity = 8192;

    char text_[capacity];
    std::size_t length_ = 0;
};

} // namespace corduroy::detail
