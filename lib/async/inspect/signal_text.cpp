#include "async/inspect/signal_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <unistd.h>

namespace corduroy::detail {

SignalText& SignalText::operator<<(std::string_view text) noexcept {
    std::size_t taken = std::min(text.size(), capacity - length_);
    std::memcpy(text_ + length_, text.data(), taken);
    length_ += taken;
    return *this;
}

SignalText& SignalText::operator<<(long long number) noexcept {
    char digits[24];
    return *this << std::string_view(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void SignalText::write_to(int descriptor) noexcept {
    for (std::size_t at = 0; at < length_;) {
        ssize_t written = ::write(descriptor, text_ + at, length_ - at);
        if (written < 0) break;
        at += static_cast<std::size_t>(written);
    }
    length_ = 0;
}

} // namespace corduroy::detail
