#include "output/line_file.hpp"

#include "output/descriptor.hpp"

#include <unistd.h>
#include <utility>

namespace fetch {

using corduroy::Task;

LineFile::~LineFile() {
    if (fd_ >= 0) ::close(fd_);
}

Task<> LineFile::open() { fd_ = co_await open_to_write(path_); }

Task<> LineFile::add(std::string line) {
    waiting_ += line + '\n';
    if (writing_) co_return;
    struct Writing {
        explicit Writing(bool& w) noexcept : writing(w) { writing = true; }
        Writing(const Writing&) = delete;
        ~Writing() { writing = false; }
        bool& writing;
    } writing(writing_);
    while (!waiting_.empty()) {
        std::string lines = std::exchange(waiting_, {});
        co_await write_all(fd_, lines, path_);
    }
}

} // namespace fetch
