#pragma once

#include "output/spool.hpp"

#include <corduroy/async/task.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace fetch {

// Where a body goes. One that is destroyed without `complete` was given up.
class Sink {
public:
    virtual ~Sink() = default;

    // Before anything is written. Throws IoError, like all of these.
    virtual corduroy::Task<> open() { co_return; }
    virtual corduroy::Task<> write(std::string_view bytes) = 0;
    // Memory of the sink's for what is to be written next, where it has some; to be used before anything else is done
    // with the sink. It may keep what is written from there for a while, and does not copy it.
    virtual std::span<std::byte> room() { return {}; }
    // All has been written.
    virtual corduroy::Task<> complete() { co_return; }

    // What came is wrong: another run must not go on with it either. To be destroyed then.
    virtual void discard() noexcept {}

    // The name of the file, once it is complete; empty where there is none.
    virtual std::string file() const { return {}; }
    // Whether what was written is gone when this is given up, so that another try can begin anew.
    virtual bool withdraws() const noexcept { return true; }
};

// Into the spool of a URL.
class SpoolSink final : public Sink {
public:
    explicit SpoolSink(std::shared_ptr<Spool> spool) noexcept : spool_(std::move(spool)) {}

    corduroy::Task<> write(std::string_view bytes) override {
        wrote_ = wrote_ || !bytes.empty();
        return spool_->put(bytes);
    }
    bool withdraws() const noexcept override { return !wrote_; }

private:
    std::shared_ptr<Spool> spool_;
    bool wrote_ = false;
};

// Nowhere.
class NoSink final : public Sink {
public:
    corduroy::Task<> write(std::string_view) override { co_return; }
};

} // namespace fetch
