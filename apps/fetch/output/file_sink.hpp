#pragma once

#include "output/block.hpp"
#include "output/sink.hpp"

#include <corduroy/async/task.hpp>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace fetch {

// Into a file. It grows under the name PATH.part and gets its own when it is complete, so that nobody takes half a
// file for a whole one; given up, it is removed (or kept, for another run), and a file that had the name stays as it
// was. What is no regular file (/dev/null, a pipe) is written to as it is; a symbolic link is followed. A part that
// was left by a run that was killed is taken over; where another file is called PATH.part, or another run is writing
// it, it stays, and PATH.part.1 or the like takes its place. What is small is gathered, and made and written at once
// when all is there: each write costs more than its bytes do. Where nothing has the name, the file has none either
// until it is complete, if that can be, so that nothing is left of it. Of what is large, and comes faster than it can
// be written, much is written at once, for the same reason.
class FileSink final : public Sink {
public:
    struct Manner {
        bool create_dirs = false; // those that the path needs
        bool no_clobber = false;  // where the name is taken, PATH.1, PATH.2 ... instead
        bool is_new = false;      // where the name is taken, it fails
        bool was_free = false;    // nothing had the name when it was chosen
        std::optional<std::time_t> modified;
        std::optional<std::uint64_t> size; // of what will be written, as the server says it
        // Given up, PATH.part stays, for another run to go on with (see part_of_file.hpp), ...
        bool keep_part = false;
        // ... by what the server called this version, where it did, ...
        std::string tag;
        // ... and what is written goes behind the first so many bytes, which are there.
        std::uint64_t from = 0;
        // What is written goes behind all that is there, under the file's own name; given up, the file is cut to what
        // it was.
        bool append = false;
    };

    FileSink(std::string path, const Manner& manner) : path_(std::move(path)), manner_(manner) {}
    ~FileSink() override;

    corduroy::Task<> open() override;
    corduroy::Task<> write(std::string_view bytes) override;
    std::span<std::byte> room() override;
    corduroy::Task<> complete() override;
    void discard() noexcept override;
    std::string file() const override { return path_; }
    bool withdraws() const noexcept override { return written_path_ != path_ || appends_; }

private:
    static constexpr std::size_t small_size = 64 * 1024;
    static constexpr std::size_t large_size = 4 * 1024 * 1024;
    // A smaller piece is written at once: what comes so slowly is none the cheaper for waiting.
    static constexpr std::size_t large_piece = 64 * 1024;

    bool is_large() const noexcept { return manner_.size && *manner_.size >= large_size; }
    bool may_be_small() const noexcept { return manner_.size && *manner_.size <= small_size && !manner_.keep_part; }
    void make_directories() const;
    corduroy::Task<> open_part();
    corduroy::Task<> open_marked();
    // Opens the part, or a file of another name that is free where another file has that of the part.
    corduroy::Task<> open_new(bool part_is_ours);
    // Takes the file at the path for the part, to be gone on with.
    void take_file();
    corduroy::Task<> open_behind();
    // Makes the part of all that is to be written.
    corduroy::Task<> write_small(std::string_view bytes);
    corduroy::Task<> write_block();
    // Writes what a part that stays has not got yet.
    void save_block() noexcept;
    // Closes what was given up, and makes it undone.
    void give_up() noexcept;
    // Closes what has got its name already.
    corduroy::Task<> close_named();
    void name_part();
    void give_name();
    void replace();
    bool replaces() const noexcept { return !manner_.no_clobber && !manner_.is_new; }

    std::string path_;
    Manner manner_;
    std::string written_path_;            // path_, or that of the part; empty before it is open
    bool has_tag_ = false;                // so that another run can go on with the part
    bool was_file_ = false;               // the part was the file at the path
    std::string gathered_;                // what is small, before it is written
    Block block_;                         // what is large, before it is written
    std::optional<unsigned> permissions_; // of the file that it replaces
    int fd_ = -1;
    bool nameless_ = false; // the part, until it has its name
    bool unseen_ = false;   // whether something has the name by now
    bool marked_ = false;   // the part, and locked
    bool appends_ = false;
    std::optional<std::uint64_t> size_before_; // of what is appended to; nothing where there was no file
};

} // namespace fetch
