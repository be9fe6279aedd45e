#pragma once

#include <corduroy/async/task.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace corduroy::os {

// An open file, read and written through the ring. Move-only, and one operation at a time; it must stay where it is
// meanwhile. All of it throws IoError, which names the file: "open /etc/x failed: Permission denied". Destroying it
// closes it without a word; `close` says what went wrong.
class File {
public:
    static Task<File> open(std::string path);
    // Makes it, or empties it.
    static Task<File> create(std::string path);
    // Makes it, or writes behind what is there.
    static Task<File> append(std::string path);

    File(File&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
    File& operator=(File&& other) noexcept {
        std::swap(path_, other.path_);
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~File();

    const std::string& path() const noexcept { return path_; }

    // What comes next, as much as there is room for; 0 at the end.
    Task<std::size_t> read_some(std::span<std::byte> into);
    // All of it, or an error. The bytes must stay until the await has ended.
    Task<> write_all(std::string_view bytes);
    // Some file systems say only here that they could not keep what was written.
    Task<> close();

private:
    File(std::string path, int fd) noexcept : path_(std::move(path)), fd_(fd) {}
    static Task<File> open_with(std::string path, int flags);

    std::string path_;
    int fd_;
};

// The following ask the current reactor's kernel, as all does here, and do not wait: it is a folder's entry alone that
// they look at or change.

// The size of a regular file; nothing where there is none of this name, or another kind of thing.
std::optional<std::uint64_t> file_size(const std::string& path);
// Gives a file another name, in place of one that has it. Throws IoError.
void rename_file(const std::string& from, const std::string& to);
// Removes it; false where there is none. Throws IoError.
bool remove_file(const std::string& path);

} // namespace corduroy::os
