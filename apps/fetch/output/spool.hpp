#pragma once

#include "bell.hpp"

#include <corduroy/async/task.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fetch {

// The body of one URL on its way to standard output: the one who reads it from the network puts pieces in, the one who
// writes takes them out when the URL's turn has come. What comes before that is held in memory up to the limit, and the
// rest of it in a file without a name, so that a body that waits holds up no other. From then on who puts more in than
// the limit waits for who takes it out.
class Spool {
public:
    static constexpr std::size_t limit = 1024 * 1024;

    // `total` counts what all spools hold in memory together, and `changed` rings when it becomes less.
    Spool(std::size_t& total, Bell& changed) noexcept : total_(total), changed_(changed) {}
    Spool(const Spool&) = delete;
    ~Spool();

    // Throws IoError where the file cannot be written.
    corduroy::Task<> put(std::string_view piece);
    // No more is going to be put in.
    void close() noexcept;

    // Replaces `bytes` by what comes next, waiting for something to; false when all has been taken. Throws IoError
    // where the file cannot be read.
    corduroy::Task<bool> take(std::string& bytes);

private:
    corduroy::Task<> put_in_file(std::string_view piece);
    bool file_is_empty() const noexcept { return read_ == written_; }

    std::size_t& total_;
    Bell& changed_;
    std::string held_;
    int file_ = -1;             // what came after `held_`
    std::uint64_t written_ = 0; // to the file,
    std::uint64_t read_ = 0;    // and from it
    bool writing_ = false;      // to the file, just now
    bool has_turn_ = false;
    Bell bell_;
    bool closed_ = false;
};

} // namespace fetch
