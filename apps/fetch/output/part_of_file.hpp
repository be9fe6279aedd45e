#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/http/headers.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace fetch {

// What an interrupted run leaves of a file with -C -, as http::download does: FILE.part, and in FILE.part.tag what the
// server called the version that it is a part of.
struct PartOfFile {
    std::uint64_t size = 0; // 0: nothing that is of use
    std::string tag;        // empty for a part that another program left, under the name of the file
};

std::string part_name(const std::string& file);
std::string tag_name(const std::string& file);

// A part without a tag is of no use; a file that is there under its own name is, as it is to curl.
corduroy::Task<PartOfFile> find_part(std::string file);
// Throws IoError.
corduroy::Task<> write_tag(const std::string& file, const std::string& tag);

// What an answer calls its version, if that can be asked for again (RFC 9110 section 13.1.5): its ETag, unless that is
// a weak one, or else its Last-Modified.
std::string tag_of(const corduroy::http::Headers& headers);

// Of the answer's Content-Range (RFC 9110 section 14.4): where the part begins, or the size of the whole; what it does
// not say is not there.
struct ContentRange {
    explicit ContentRange(const corduroy::http::Headers& headers);

    std::optional<std::uint64_t> first;
    std::optional<std::uint64_t> size;
};

} // namespace fetch
