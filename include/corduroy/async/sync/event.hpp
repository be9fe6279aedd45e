#pragma once

#include <corduroy/async/sync/wait_builder.hpp>
#include <corduroy/async/sync/wait_queue.hpp>

#include <coroutine>
#include <cstddef>
#include <string>

namespace corduroy {

// Something that has happened or not, for any number of coroutines to wait for (trio's and asyncio's Event). It belongs
// to one thread. Destroying it while somebody waits ends the program.
class Event {
public:
    class Waiting;

    Event() noexcept = default;

    // Resumes when the event is set, at once where it is.
    WaitBuilder<Waiting, Event*> wait() noexcept { return {this}; }

    // Wakes all who wait, in the order in which they came. Who was woken goes on even if `clear` comes first.
    void set() noexcept;
    // Makes it an event that has not happened: who comes now waits for the next `set`.
    void clear() noexcept {
        waits_.check_thread();
        set_ = false;
    }
    bool is_set() const noexcept { return set_; }

    std::size_t waiting() const noexcept { return waits_.size(); }

private:
    WaitQueue<Waiting> waits_{"an Event"};
    bool set_ = false;
};

// The awaiter of `wait`.
class Event::Waiting final : public QueuedWait {
public:
    explicit Waiting(Event* event) noexcept : event_(*event) {}

    bool await_ready() const noexcept {
        event_.waits_.check_thread();
        return event_.set_;
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        wait_in(event_.waits_, handle);
    }
    void await_resume() const { raise_if_cancelled(); }
    static constexpr const char* wait_words = "an Event";

private:
    Event& event_;
};

inline void Event::set() noexcept {
    waits_.check_thread();
    set_ = true;
    while (!waits_.empty()) waits_.take_first().resume();
}

} // namespace corduroy
