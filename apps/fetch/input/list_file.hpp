#pragma once

#include <corduroy/async/task.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace fetch {

// A file with a URL a line, and behind it, after blanks, the name of the file that it is to be written to, if wanted.
// Empty lines, and those that begin with '#', say nothing.
class ListFile {
public:
    struct Line {
        std::string url;
        std::string name; // empty: none is given
    };

    // "-" is standard input.
    explicit ListFile(std::string path);
    ListFile(ListFile&& other) noexcept;
    ListFile& operator=(ListFile&&) = delete;
    ~ListFile();

    // The next line that says something; nothing at the end. Throws FileError where there is no such file, IoError
    // where it cannot be read, and Error for a line beyond 1 MiB.
    corduroy::Task<std::optional<Line>> next();

private:
    corduroy::Task<> open();

    std::string path_;
    int fd_ = -1;
    std::string buffer_;
    std::size_t used_ = 0; // of the buffer
    bool at_beginning_ = true;
    bool ended_ = false;
};

} // namespace fetch
