#pragma once

#include "bell.hpp"

#include <corduroy/async/task.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace fetch {

// The body of one URL on its way to standard output: the one who reads it from the network puts pieces in, the one who
// writes takes them out when the URL's turn has come. It holds so much; then the one who reads has to wait.
class Spool {
public:
    static constexpr std::size_t limit = 1024 * 1024;

    // `total` counts what all spools hold together, and `changed` rings when it becomes less.
    Spool(std::size_t& total, Bell& changed) noexcept : total_(total), changed_(changed) {}
    Spool(const Spool&) = delete;
    ~Spool() { total_ -= held_.size(); }

    corduroy::Task<> put(std::string_view piece);
    // No more is going to be put in.
    void close() noexcept;

    // Replaces `bytes` by all that is held, waiting for something to be; false when all has been taken.
    corduroy::Task<bool> take(std::string& bytes);

private:
    std::size_t& total_;
    Bell& changed_;
    std::string held_;
    Bell bell_;
    bool closed_ = false;
};

} // namespace fetch
