#include "testing/memory_pipe.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace corduroy::testing {

void MemoryPipe::put(std::string_view bytes) {
    if (reading_closed_ || ended_) return;
    // What comes behind a scripted end is lost on its way; behind a stall it fills the pipe.
    std::size_t limit = std::numeric_limits<std::size_t>::max();
    if (flow_.end_after) limit = *flow_.end_after;
    if (flow_.fail_after) limit = std::min(limit, *flow_.fail_after);
    bytes = bytes.substr(0, limit > put_ ? limit - put_ : 0);
    put_ += bytes.size();
    bytes_ += bytes;
    changed();
}

void MemoryPipe::part() {
    if (put_ > given_ && (parts_.empty() || parts_.back() != put_)) parts_.push_back(put_);
}

void MemoryPipe::end() noexcept {
    ended_ = true;
    changed();
}

void MemoryPipe::close_writing(int error) noexcept {
    if (bytes_.size() > flow_.capacity) bytes_.resize(flow_.capacity);
    ended_ = true;
    reset_ = error;
    changed();
}

std::size_t MemoryPipe::until_limit() const noexcept {
    std::size_t limit = std::numeric_limits<std::size_t>::max();
    for (const auto& place : {flow_.end_after, flow_.fail_after, flow_.stall_after})
        if (place) limit = std::min(limit, *place);
    return limit > given_ ? limit - given_ : 0;
}

std::size_t MemoryPipe::readable() const noexcept {
    std::size_t count = std::min({bytes_.size(), flow_.capacity, flow_.piece, until_limit()});
    return parts_.empty() ? count : std::min(count, parts_.front() - given_);
}

MemoryPipe::Sight MemoryPipe::sight() const noexcept {
    if (readable() > 0) return Sight::bytes;
    if (flow_.end_after && given_ >= *flow_.end_after) return Sight::end;
    if (flow_.fail_after && given_ >= *flow_.fail_after) return Sight::failure;
    if (flow_.stall_after && given_ >= *flow_.stall_after) return Sight::nothing;
    if (reset_ != 0) return Sight::failure;
    return ended_ ? Sight::end : Sight::nothing;
}

int MemoryPipe::error() const noexcept { return reset_ != 0 ? reset_ : flow_.error; }

std::size_t MemoryPipe::read(std::span<std::byte> into) noexcept {
    std::size_t count = std::min(readable(), into.size());
    std::memcpy(into.data(), bytes_.data(), count);
    bytes_.erase(0, count);
    given_ += count;
    if (!parts_.empty() && parts_.front() <= given_) parts_.pop_front();
    wake(writer_);
    return count;
}

bool MemoryPipe::close_reading() noexcept {
    bool unread = !bytes_.empty();
    reading_closed_ = true;
    bytes_.clear();
    changed();
    return unread;
}

void MemoryPipe::changed() {
    wake();
    if (on_change) on_change();
}

void MemoryPipe::wake() noexcept {
    wake(reader_);
    wake(writer_);
}

void MemoryPipe::wake(Waiting*& place) noexcept {
    if (Waiting* waiting = std::exchange(place, nullptr)) waiting->resume();
}

} // namespace corduroy::testing
