#pragma once

#include "bell.hpp"
#include "output/console.hpp"
#include "output/progress.hpp"

#include <corduroy/async/task.hpp>
#include <corduroy/reactor/delayed_call.hpp>

namespace fetch {

// Shows on the console how a run comes along, ten times a second while any URL is being fetched. Lines that are said
// meanwhile stand above.
class ProgressMeter {
public:
    // Both must outlive it. One that is not `wanted`, or whose console is no terminal, does nothing.
    ProgressMeter(Console& console, Progress& progress, bool wanted);
    ProgressMeter(const ProgressMeter&) = delete;
    // Removes at once what it shows.
    ~ProgressMeter();

    bool shows() const noexcept { return console_.holds_lines(); }

    // Shows it, until `finish` is called or there is nothing more to be shown.
    corduroy::Task<> run();
    // The run is over: what was shown is removed, and a line about the whole stays where there were several URLs.
    void finish() noexcept;
    // Something else goes to the terminal: what was shown is removed, and nothing shown any more.
    corduroy::Task<> give_up() { return console_.end_drawing(); }
    // Something is there to be shown.
    void ring() noexcept { changed_.ring(); }

private:
    corduroy::Task<> draw();
    corduroy::Task<> wait_for_next();

    Console& console_;
    Progress& progress_;
    Bell changed_;
    corduroy::DelayedCall timer_;
    bool due_ = false;
    bool drawn_ = false; // ever
    bool finished_ = false;
};

} // namespace fetch
