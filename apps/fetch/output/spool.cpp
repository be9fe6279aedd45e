#include "output/spool.hpp"

#include "output/descriptor.hpp"

#include <algorithm>
#include <unistd.h>

namespace fetch {

using corduroy::Task;

namespace {

constexpr std::size_t taken_at_once = 256 * 1024;
constexpr std::string_view file_name = "a file for what waits for standard output";

} // namespace

Spool::~Spool() {
    total_ -= held_.size();
    if (file_ >= 0) ::close(file_);
}

Task<> Spool::put(std::string_view piece) {
    for (;;) {
        if (file_is_empty() && (held_.empty() || held_.size() + piece.size() <= limit)) {
            held_ += piece;
            total_ += piece.size();
            break;
        }
        if (!has_turn_) {
            co_await put_in_file(piece);
            break;
        }
        co_await bell_.wait();
    }
    bell_.ring();
}

Task<> Spool::put_in_file(std::string_view piece) {
    struct Writing {
        explicit Writing(Spool& s) noexcept : spool(s) { spool.writing_ = true; }
        Writing(const Writing&) = delete;
        ~Writing() {
            spool.writing_ = false;
            spool.bell_.ring();
        }
        Spool& spool;
    } writing(*this);
    if (file_ < 0) file_ = co_await open_without_name();
    co_await write_all_at(file_, piece, written_, file_name);
    written_ += piece.size();
}

void Spool::close() noexcept {
    closed_ = true;
    bell_.ring();
}

Task<bool> Spool::take(std::string& bytes) {
    has_turn_ = true;
    while (writing_ || (held_.empty() && file_is_empty() && !closed_)) co_await bell_.wait();
    bytes.clear();
    if (held_.empty() && !file_is_empty()) {
        bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(taken_at_once, written_ - read_)));
        std::size_t count = co_await read_some_at(file_, bytes.data(), bytes.size(), read_, file_name);
        bytes.resize(count);
        read_ += count;
    } else {
        bytes.swap(held_);
        total_ -= bytes.size();
    }
    bell_.ring();
    changed_.ring();
    co_return !bytes.empty();
}

} // namespace fetch
