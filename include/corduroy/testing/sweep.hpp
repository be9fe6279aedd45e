#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/base/unique_function.hpp>
#include <corduroy/testing/sim_kernel.hpp>
#include <corduroy/testing/world.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// Sweeps run a scenario again and again in virtual time, and each time something else happens to it, at another place:
//
//     sweep::Report report = sweep::all([](sweep::Trial& trial) -> Task<> {
//         Semaphore slots(1);
//         auto work = [&]() -> Task<> { co_await use_a_slot(slots); };
//         co_await trial.disturb(work);      // whatever happens in there, …
//         auto slot = co_await slots.acquire(); // … a slot must be free afterwards
//     });
//     CHECK_MESSAGE(report.passed(), report.text());
//
// Of every run they demand that it ends, that nothing stays behind (descriptors, buffers, timers, Tasks, operations),
// and that a Task beside it, which has nothing to do with it, goes on undisturbed; and, where operator delete tells
// (see sweep_memory.hpp), that no memory is freed which the kernel still works on.
namespace corduroy::sweep {

class Run;

// A run of a scenario, as the scenario sees it.
class Trial {
public:
    Reactor& reactor() noexcept;
    sim::SimKernel& kernel() noexcept;
    // The simulated network. What runs on its hosts is not of the work.
    sim::World& world() noexcept;

    // Runs the part of the scenario that is disturbed: once. Its cancellation and its failure end here; all that stands
    // behind it in the scenario must go well. The callable must outlive the await.
    Task<> disturb(std::function<Task<>()> work);

    // Whether the disturbed work came to its end by itself.
    bool completed() const noexcept { return completed_; }

    // What must be true, whatever happened; the run is a failure where it is not.
    void expect(bool condition, std::string_view claim);

private:
    friend class Run;
    explicit Trial(Run& run) noexcept : run_(run) {}

    Run& run_;
    bool completed_ = false;
};

using Scenario = std::function<Task<>(Trial& trial)>;

struct Settings {
    sim::SimOptions kernel{.completions_per_enter = 1}; // few, so that every order of events has its turn
    Duration time_limit = std::chrono::hours(2);        // of virtual time; who takes longer will never end
    std::exception_ptr raised;                          // what `raise` has an await throw; none: a Raised
    std::string only;                                   // the name of a point, as a report gives it: no others
};

// What an await throws in `raise`, unless the settings have something else.
class Raised : public Error {
public:
    Raised() : Error("raised by the sweep") {}
};

// A run that went wrong.
struct Conviction {
    std::string point;               // "cancel-waiting 17": what `Settings::only` takes
    std::string place;               // the await site, or the operation and what befell it
    std::vector<std::string> faults; // what was wrong
};

// What came of a sweep.
struct Report {
    std::size_t points = 0;
    std::vector<Conviction> convictions;

    // False also where there was nothing to disturb.
    bool passed() const noexcept { return points != 0 && convictions.empty(); }
    // "812 of 812 points passed", and for each one that did not what went wrong and how to repeat it.
    std::string text() const;
    Report& operator+=(Report other);
};

// Cancels the disturbed work wherever it suspends, and wherever one of its operations has succeeded and the coroutine
// does not know it yet. It must then end as cancelled or, where it was about to, with its result; an error is a
// failure.
Report cancel(const Scenario& scenario, const Settings& settings = {});

// Has each of its operations go wrong in each way that fits it: EINTR, EAGAIN, ECONNRESET, EMFILE, ENOBUFS and others,
// short, late and reordered. The work must come to its end, or fail with a std::exception.
Report fault(const Scenario& scenario, const Settings& settings = {});

// Has each await that waits throw, in the place of what it waited for; what was under way there ends as if it had been
// cancelled. The work must come to its end, or fail with a std::exception, or with what was thrown. Joins are left out:
// they end with what is joined, and that is swept.
Report raise(const Scenario& scenario, const Settings& settings = {});

// Has each allocation of the work's fail, of operator new and of the frames of coroutines, which are not pooled
// meanwhile. The work must come to its end, or fail with a std::exception that says so, by its type or its message; or
// the failure is reported as unhandled. The test program must have its operator new ask: see sweep_memory.hpp. What
// other threads and C libraries allocate is not counted.
Report allocation(const Scenario& scenario, const Settings& settings = {});

// All four.
Report all(const Scenario& scenario, const Settings& settings = {});

} // namespace corduroy::sweep
