#pragma once

#include <corduroy/base/time.hpp>

#include <cstddef>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy {

class Reactor;
class TaskView;

// A call that belongs to no Task: one of call_later, call_from_thread, call_when_running or a CoalescedCall, and where
// it was asked for, as far as that is known.
struct CallView {
    std::string_view kind; // "scheduled by call_later"
    std::source_location site;

    std::string text() const; // "a call scheduled by call_later at file:line function"
};

// Watches what a reactor does: derive from it, override what is wanted, and give it to `Reactor::add_instrument`. Each
// function is called on the reactor's thread, in the midst of the loop: it must be quick, awaits nothing, and may look
// at everything. One that throws is removed, and what it threw reported as unhandled. An instrument belongs to whoever
// made it, and leaves its reactor when it is destroyed; it may add and remove instruments, itself too. Where a reactor
// has none, each place costs the test of one word. (trio's Instrument.)
//
// A TaskView is valid during the call; its `number` may be kept.
class Instrument {
public:
    Instrument() noexcept = default;
    Instrument(const Instrument&) = delete;
    Instrument& operator=(const Instrument&) = delete;
    virtual ~Instrument();

    // A Task was started that no other one awaits: main, a child of a group or of a combinator, background work. It
    // runs in a coming turn.
    virtual void task_spawned(const TaskView&) {}
    // It has become ready to run: what it waited for is over, or it gave way.
    virtual void task_scheduled(const TaskView&) {}
    // A step of it, from one wait to the next, of whichever of its coroutines; and the step's end.
    virtual void before_task_step(const TaskView&) {}
    virtual void after_task_step(const TaskView&) {}
    // After a step: it waits, for what `waits_for` says; or it has ended, as `failure` says, and its owner is to hear.
    virtual void task_blocked(const TaskView&) {}
    virtual void task_exited(const TaskView&) {}

    virtual void before_call(const CallView&) {}
    virtual void after_call(const CallView&) {}

    // The one entry into the kernel that there is in each turn, and how long it will wait at most: zero where something
    // is ready, none where there is no deadline; and its end, with how long that was allowed to take.
    virtual void before_io_wait(std::optional<Duration>) {}
    virtual void after_io_wait(std::optional<Duration>) {}

private:
    friend class InstrumentList;

    Reactor* reactor_ = nullptr; // where it is installed
};

// The instruments of a reactor, in the order in which they were added.
class InstrumentList {
public:
    explicit InstrumentList(Reactor& reactor) noexcept : reactor_(reactor) {}
    InstrumentList(const InstrumentList&) = delete;
    InstrumentList& operator=(const InstrumentList&) = delete;
    ~InstrumentList();

    bool any() const noexcept { return count_ != 0; }

    // Adding one that is there, or removing one that is not, does nothing; adding one of another reactor moves it.
    void add(Instrument& instrument);
    void remove(Instrument& instrument) noexcept;

    // Tells each that was there when this began, but for those that are removed meanwhile.
    template <class Event, class... About>
    void tell(Event event, const About&... about) noexcept {
        ++telling_;
        for (std::size_t i = 0, there = instruments_.size(); i < there; ++i) {
            if (instruments_[i] == nullptr) continue;
            try {
                (instruments_[i]->*event)(about...);
            } catch (...) {
                failed(i);
            }
        }
        if (--telling_ == 0 && instruments_.size() != count_) std::erase(instruments_, nullptr);
    }

private:
    void failed(std::size_t index) noexcept;

    Reactor& reactor_;
    std::vector<Instrument*> instruments_; // null where one was removed while they were told
    std::size_t count_ = 0;
    int telling_ = 0;
};

} // namespace corduroy
