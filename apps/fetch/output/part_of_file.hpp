#pragma once

#include <corduroy/async/task.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

namespace fetch {

// What an interrupted run leaves of a file with -C -, as http::download does: FILE.part, and in FILE.part.tag what the
// server called the version that it is a part of.
struct PartOfFile {
    std::uint64_t size = 0; // 0: nothing that is of use
    std::string tag;        // empty for a part that another program left, under the name of the file
};

// Both are shortened where the name is so long that nothing can be put behind it.
std::string part_name(const std::string& file);
std::string tag_name(const std::string& file);

// A part without a tag is of no use; a file that is there under its own name is, as it is to curl.
corduroy::Task<PartOfFile> find_part(std::string file);
// A part is locked by the run that writes it, and bears a mark until it is whole, the sticky bit, which means nothing
// else for a file on Linux: so another run knows what one that was killed has left, and takes it over, and leaves alone
// what is still being written, or is not ours. The descriptors are the caller's to close. All throw IoError.

// Makes a part of this name, or takes one over that was left, and empties it; nothing where the name is taken.
corduroy::Task<std::optional<int>> make_part(std::string name);
// Opens a part that has a tag, to be written anew (and made where it is not there), or, where `from` is not 0, behind
// its first so many bytes, which are all that it has; nothing where another run is writing it, or has since then.
corduroy::Task<std::optional<int>> open_tagged_part(std::string name, std::uint64_t from);
// The part is whole: takes the mark away.
void unmark_part(int fd) noexcept;
// Gives a part the permissions of a file that it is going to replace; it stays marked.
void set_part_permissions(int fd, mode_t permissions) noexcept;

// Throws IoError.
corduroy::Task<> write_tag(const std::string& file, const std::string& tag);

} // namespace fetch
