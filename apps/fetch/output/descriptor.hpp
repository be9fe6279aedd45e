#pragma once

#include <corduroy/async/task.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>

namespace fetch {

// A descriptor that is closed with this, without a word, unless it is standard input or was released.
class OpenFile {
public:
    explicit OpenFile(int fd) noexcept : fd_(fd) {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile();

    int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_; // negative: none
};

// Files, pipes and terminals through the ring. `name` is what messages call them. All throw corduroy::IoError.

// Opens a file for reading, or for writing from its beginning, which makes it where it is not. The descriptor is the
// caller's to close.
corduroy::Task<int> open_to_read(std::string path);
corduroy::Task<int> open_to_write(std::string path);
// The same, where there is no file of that name; otherwise the error is EEXIST. What it makes has this mode, but for
// the umask.
corduroy::Task<int> open_new(std::string path, mode_t mode);
// The same, and a file that is there keeps what it holds.
corduroy::Task<int> open_as_it_is(std::string path, mode_t mode);
// The same, of one that is there and is no symbolic link.
corduroy::Task<int> open_to_take_over(std::string path);
// The same, to write behind what is there.
corduroy::Task<int> open_to_append(std::string path);

// A file for reading and writing that has no name, in the directory for temporary ones ($TMPDIR, or /tmp). It is gone
// when it is closed.
corduroy::Task<int> open_without_name();
// One of this mode, but for the umask, in the directory that `path` lies in, to be written; `link_nameless` gives it a
// name. Some file systems have no such files.
corduroy::Task<int> open_nameless(const std::string& path, mode_t mode);
// Whether files without a name can be given one here, which takes /proc.
bool can_link_nameless() noexcept;
// False, with the reason in errno, where that cannot be; EEXIST where another file has the name.
bool link_nameless(int fd, const std::string& path) noexcept;

// What there is to read, at most `size` bytes; 0 at the end.
corduroy::Task<std::size_t> read_some(int fd, char* buffer, std::size_t size, std::string_view name);
// The same at a place of a file's.
corduroy::Task<std::size_t> read_some_at(int fd, char* buffer, std::size_t size, std::uint64_t place,
                                         std::string_view name);

// Writes all of it where the descriptor stands. Nobody else may be writing there meanwhile. `name` and `bytes` are the
// caller's and must outlive the await.
corduroy::Task<> write_all(int fd, std::string_view bytes, std::string_view name);
// The same at a place of a file's.
corduroy::Task<> write_all_at(int fd, std::string_view bytes, std::uint64_t place, std::string_view name);

// Closes it; some file systems say only then that they could not keep what was written.
corduroy::Task<> close(int fd, std::string_view name);

} // namespace fetch
