#include "testing/memory_end.hpp"

#include <corduroy/base/error.hpp>

#include <algorithm>
#include <utility>

namespace corduroy::testing {

namespace {

// As large as the buffers that a kernel lends.
constexpr std::size_t received_at_once = 8192;

} // namespace

MemoryEnd::~MemoryEnd() { abort(); }

// ---- reading ----

// Waits until there are bytes; false at the end.
Task<bool> MemoryEnd::readable() {
    for (;;) {
        if (closed_) throw IoError("read from " + peer_.to_string(), ECONNABORTED);
        switch (in_->sight()) {
        case MemoryPipe::Sight::bytes:
            co_return true;
        case MemoryPipe::Sight::end:
            co_return false;
        case MemoryPipe::Sight::failure:
            throw IoError("read from " + peer_.to_string(), in_->error());
        case MemoryPipe::Sight::nothing:
            break;
        }
        co_await in_->changed_for_reader();
    }
}

Task<std::size_t> MemoryEnd::read_some(std::span<std::byte> into, std::source_location site) {
    auto hold = hold_reads(site);
    if (into.empty()) co_return 0;
    bool more = co_await readable();
    co_return more ? in_->read(into) : 0;
}

Task<net::ReceivedBytes> MemoryEnd::receive(std::source_location site) {
    auto hold = hold_reads(site);
    bool more = co_await readable();
    if (!more) co_return net::ReceivedBytes();
    std::size_t size = std::min(in_->readable(), received_at_once);
    auto own = std::make_unique_for_overwrite<std::byte[]>(size);
    in_->read({own.get(), size});
    co_return net::ReceivedBytes(std::move(own), size);
}

Task<bool> MemoryEnd::still_open(std::source_location site) {
    auto hold = hold_reads(site);
    co_return quiet();
}

// ---- writing ----

Task<> MemoryEnd::write_all(std::span<const std::byte> bytes, std::source_location site) {
    auto hold = hold_writes(site);
    std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    co_await drained();
    broken_ = "an earlier write was given up in the middle of its bytes";
    writing_ = true;
    try {
        while (!rest.empty()) {
            std::string_view piece = rest.substr(0, out_->room());
            out_->put(piece);
            rest.remove_prefix(piece.size());
            if (rest.empty()) break;
            // Whoever reads from within `put` has made room already, and tells of it no more.
            if (out_->room() == 0) co_await out_->changed_for_writer();
            check_writable();
        }
    } catch (...) {
        if (rest.size() == bytes.size()) broken_.clear();
        write_ended();
        throw;
    }
    broken_.clear();
    write_ended();
}

// What others queued meanwhile comes now, or never where the write was given up.
void MemoryEnd::write_ended() {
    writing_ = false;
    std::string later = std::exchange(later_, {});
    if (!later.empty()) write_soon(std::move(later));
}

void MemoryEnd::write_soon(std::string bytes) {
    if (closed_ || shut_down_) return;
    if (writing_)
        later_ += bytes;
    else if (broken_.empty())
        out_->put(bytes);
}

Task<> MemoryEnd::flush(std::source_location site) {
    auto hold = hold_writes(site);
    co_await drained();
}

Task<> MemoryEnd::shutdown(std::source_location site) {
    auto hold = hold_writes(site);
    if (shut_down_) co_return;
    co_await drained();
    shut_down_ = true;
    out_->end();
}

// Waits until nothing is queued beyond what the pipe holds.
Task<> MemoryEnd::drained() {
    check_writable();
    if (!broken_.empty()) throw Error("write to " + peer_.to_string() + " failed: " + broken_);
    while (out_->overfull()) {
        co_await out_->changed_for_writer();
        check_writable();
    }
}

void MemoryEnd::check_writable() const {
    if (closed_) throw IoError("write to " + peer_.to_string(), ECONNABORTED);
    if (shut_down_ || out_->reading_closed()) throw IoError("write to " + peer_.to_string(), EPIPE);
}

// ---- both ----

void MemoryEnd::abort() noexcept {
    if (std::exchange(closed_, true)) return;
    bool unread = in_->close_reading();
    out_->close_writing(unread ? ECONNRESET : 0);
}

ResourceGuard::Use MemoryEnd::hold_reads(const std::source_location& site) {
    return reads_.enter([this] { return "read from " + peer_.to_string(); }, site);
}

ResourceGuard::Use MemoryEnd::hold_writes(const std::source_location& site) {
    return writes_.enter([this] { return "write to " + peer_.to_string(); }, site);
}

} // namespace corduroy::testing
