#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/os/file.hpp>

#include <optional>
#include <string>
#include <utility>

namespace fetch {

// A file that several tasks add lines to, one whole line after the other.
class LineFile {
public:
    explicit LineFile(std::string path) : path_(std::move(path)) {}
    LineFile(const LineFile&) = delete;

    // Makes the file, or empties it. Throws IoError.
    corduroy::Task<> open();
    // Adds a line and its end. It may return before that is written, while another task that adds one writes both.
    // Throws IoError.
    corduroy::Task<> add(std::string line);

private:
    std::string path_;
    std::optional<corduroy::os::File> file_;
    std::string waiting_;
    bool writing_ = false;
};

} // namespace fetch
