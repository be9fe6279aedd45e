#include "http/files/partial_file.hpp"

#include <corduroy/base/error.hpp>

#include <exception>

namespace corduroy::http {

PartialFile::~PartialFile() {
    if (!made_ || kept_) return;
    try {
        os::remove_file(part_);
    } catch (const IoError&) {
        // What ended it is on its way to the caller, and says more.
    }
}

Task<> PartialFile::begin() {
    file_.emplace(co_await os::File::create(part_));
    made_ = true;
}

Task<> PartialFile::go_on() {
    file_.emplace(co_await os::File::append(part_));
    made_ = true;
}

Task<> PartialFile::complete() {
    if (file_) co_await file_->close();
    file_.reset();
    os::rename_file(part_, path_);
    made_ = false;
}

} // namespace corduroy::http
