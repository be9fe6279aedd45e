#include "spool.hpp"

namespace fetch {

using corduroy::Task;

Task<> Spool::put(std::string_view piece) {
    while (!held_.empty() && held_.size() + piece.size() > limit) co_await bell_.wait();
    held_ += piece;
    total_ += piece.size();
    bell_.ring();
}

void Spool::close() noexcept {
    closed_ = true;
    bell_.ring();
}

Task<bool> Spool::take(std::string& bytes) {
    while (held_.empty() && !closed_) co_await bell_.wait();
    bytes.clear();
    bytes.swap(held_);
    total_ -= bytes.size();
    bell_.ring();
    changed_.ring();
    co_return !bytes.empty();
}

} // namespace fetch
