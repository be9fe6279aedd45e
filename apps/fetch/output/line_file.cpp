#include "output/line_file.hpp"

#include <utility>

namespace fetch {

using corduroy::Task;

Task<> LineFile::open() { file_.emplace(co_await corduroy::os::File::create(path_)); }

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
        co_await file_->write_all(lines);
    }
}

} // namespace fetch
