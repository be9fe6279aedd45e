#pragma once

#include <corduroy/async/task.hpp>

#include <cstdint>
#include <string>

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
// Throws IoError.
corduroy::Task<> write_tag(const std::string& file, const std::string& tag);

} // namespace fetch
