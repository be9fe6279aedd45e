#pragma once

#include "spool.hpp"

#include <corduroy/async/task.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace fetch {

// Where a body goes. One that is destroyed without `complete` was given up.
class Sink {
public:
    virtual ~Sink() = default;

    // Throws IoError, like all of these.
    virtual corduroy::Task<> write(std::string_view bytes) = 0;
    // All has been written.
    virtual corduroy::Task<> complete() = 0;
};

// Into the spool of a URL, whose end it marks in any case.
class SpoolSink final : public Sink {
public:
    explicit SpoolSink(std::shared_ptr<Spool> spool) noexcept : spool_(std::move(spool)) {}
    ~SpoolSink() override { spool_->close(); }

    corduroy::Task<> write(std::string_view bytes) override { return spool_->put(bytes); }
    corduroy::Task<> complete() override { co_return; }

private:
    std::shared_ptr<Spool> spool_;
};

// Nowhere.
class NoSink final : public Sink {
public:
    corduroy::Task<> write(std::string_view) override { co_return; }
    corduroy::Task<> complete() override { co_return; }
};

// Into a file. It grows under the name PATH.part and gets its own when it is complete, so that nobody takes half a
// file for a whole one; given up, it is removed, and a file that had the name stays as it was. What is no regular file
// (/dev/null, a pipe) is written to as it is; a symbolic link is followed.
class FileSink final : public Sink {
public:
    explicit FileSink(std::string path) : path_(std::move(path)) {}
    ~FileSink() override;

    // Before anything is written.
    corduroy::Task<> open();
    corduroy::Task<> write(std::string_view bytes) override;
    corduroy::Task<> complete() override;

private:
    std::string path_;
    std::string written_path_; // path_, or path_ with ".part"; empty before it is open
    int fd_ = -1;
};

} // namespace fetch
