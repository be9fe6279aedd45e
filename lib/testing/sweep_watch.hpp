#pragma once

#include <utility>

namespace corduroy::sweep {

// Hears of what operator new and delete are asked for on its thread, where the program has them ask (see
// sweep_memory.hpp), from its construction to its destruction. What these functions allocate themselves they do not
// hear of.
class MemoryWatch {
public:
    MemoryWatch() noexcept;
    MemoryWatch(const MemoryWatch&) = delete;
    MemoryWatch& operator=(const MemoryWatch&) = delete;

    // Whether this allocation is to fail.
    virtual bool refuses() noexcept = 0;
    // [begin, end) is being freed: whether it may be, or has to be kept since somebody still works on it.
    virtual bool freed(const void* begin, const void* end) noexcept = 0;

protected:
    ~MemoryWatch();
};

// While it lives the watch hears of nothing: for the simulation and the sweep itself. `Watched`, within, is for what
// these call of the program.
class Unwatched {
public:
    Unwatched() noexcept : Unwatched(true) {}
    Unwatched(const Unwatched&) = delete;
    Unwatched& operator=(const Unwatched&) = delete;
    ~Unwatched() { off_ = before_; }

    // Whether the watch was off before.
    bool before() const noexcept { return before_; }

protected:
    explicit Unwatched(bool off) noexcept : before_(std::exchange(off_, off)) {}

private:
    friend class MemoryWatch;
    static constinit thread_local bool off_;

    bool before_;
};

class Watched : public Unwatched {
public:
    Watched() noexcept : Unwatched(false) {}
};

// Whether the program has its operator new ask.
bool memory_is_watched();

} // namespace corduroy::sweep
