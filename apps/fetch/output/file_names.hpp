#pragma once

#include <corduroy/http/headers.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace fetch {

// The last part of the URL's path, -O; empty where it has none, or is no URL.
std::string remote_name(const std::string& url);

// The file name of a Content-Disposition header, -J (RFC 6266), without any directories; empty where there is none.
std::string name_in_headers(const corduroy::http::Headers& headers);

// The file where it lies in the directory, unless it says itself where it lies; an empty directory is the current one.
std::string in_directory(const std::string& directory, const std::string& file);

// The files that a run writes, so that no two of its URLs write the same.
class FileNames {
public:
    struct Claim {
        std::string taken;   // the name that another URL has; empty where the claim holds
        bool exists = false; // whether there is a file of the name already, as far as one can see
    };
    // Claims `path`, with the names that it needs until it is whole (see part_of_file.hpp). What is no regular file can
    // be written by many.
    Claim claim(const std::string& path);
    // 1, 2 ...: what is put behind a path that is taken, one after the other.
    std::size_t next_number(const std::string& path) { return ++numbers_[path]; }

private:
    std::string claim_name(const std::string& path);
    // The directory of all that begins with this, with a slash behind it: two ways to write the same path are the same
    // file. Each is asked about once, for a run writes to few of them.
    const std::string& plain_directory(const std::string& written);

    std::unordered_set<std::string> taken_;
    std::unordered_map<std::string, std::string> directories_; // as they are written, and what they are
    std::unordered_map<std::string, std::size_t> numbers_;
};

} // namespace fetch
