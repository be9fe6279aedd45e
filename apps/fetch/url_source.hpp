#pragma once

#include "options.hpp"

#include <corduroy/async/task.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

namespace fetch {

// The URLs in their order: those of the command line, then those of the files, which are read as they are needed.
class UrlSource {
public:
    explicit UrlSource(const Options& options);
    UrlSource(const UrlSource&) = delete;
    ~UrlSource();

    // The next one; nothing when there are no more. Throws IoError where a file cannot be read.
    corduroy::Task<std::optional<std::string>> next();

private:
    struct Origin {
        bool is_file;
        std::string text; // a URL, or a file's path
    };

    corduroy::Task<> open(std::string path);
    // The next line of the open file that names a URL; nothing at its end, which closes it.
    corduroy::Task<std::optional<std::string>> next_line();
    void close() noexcept;

    std::deque<Origin> origins_;
    int fd_ = -1;
    std::string name_;
    std::string buffer_;
    std::size_t used_ = 0; // of the buffer
    bool ended_ = false;
};

// What a user means by it: text without a scheme is taken for http://.
std::string with_scheme(std::string text);

} // namespace fetch
