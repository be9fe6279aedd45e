#pragma once

#include <corduroy/base/debugger.hpp>

#include <cstddef>

namespace corduroy {

// Something to be run by a reactor in one of its next turns; derive from it. The record belongs to its owner, who keeps
// it where it is until it has run; `run` may destroy it, or queue it again.
class Ready {
public:
    using Run = void (*)(Ready&) noexcept;

    explicit Ready(Run run) noexcept : run_(run) {}
    Ready(const Ready&) = delete;
    Ready& operator=(const Ready&) = delete;

private:
    friend class ReadyQueue;
    friend struct detail::DebuggerTable;

    Run run_;
    Ready* next_; // in the queue
};

// First in, first out; owns nothing and allocates nothing.
class ReadyQueue {
public:
    bool empty() const noexcept { return first_ == nullptr; }

    void push(Ready& item) noexcept {
        item.next_ = nullptr;
        *last_ = &item;
        last_ = &item.next_;
    }

    // How many there are, by counting them.
    std::size_t size() const noexcept {
        std::size_t count = 0;
        for (const Ready* item = first_; item != nullptr; item = item->next_) ++count;
        return count;
    }

    // Takes the first one out and runs it.
    void run_first() noexcept {
        Ready& item = *first_;
        first_ = item.next_;
        if (first_ == nullptr) last_ = &first_;
        item.run_(item);
    }

private:
    friend struct detail::DebuggerTable;

    Ready* first_ = nullptr;
    Ready** last_ = &first_;
};

} // namespace corduroy
