#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/os/file.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace corduroy::http {

// A file that gets its name when it is whole, and has ".part" behind it until then. Unless it is to be kept, a part
// that is left is removed.
class PartialFile {
public:
    explicit PartialFile(std::string path) : path_(std::move(path)), part_(path_ + ".part") {}
    PartialFile(const PartialFile&) = delete;
    PartialFile& operator=(const PartialFile&) = delete;
    ~PartialFile();

    void keep() noexcept { kept_ = true; }

    // Empties the part, or goes on behind what is there.
    Task<> begin();
    Task<> go_on();
    Task<> write(std::string_view bytes) { return file_->write_all(bytes); }
    Task<> complete();

    const std::string& part() const noexcept { return part_; }

private:
    std::string path_;
    std::string part_;
    std::optional<os::File> file_;
    bool made_ = false;
    bool kept_ = false;
};

} // namespace corduroy::http
