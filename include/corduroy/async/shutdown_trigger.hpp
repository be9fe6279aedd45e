#pragma once

#include <corduroy/async/call_for_effect.hpp>
#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/base/unique_function.hpp>

#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace corduroy {

class RootTask;

// The steps in which a program that `run`, `react` or `sim::run` runs comes to its end, once main has ended.
enum class ShutdownPhase {
    before, // the background work of main's group still runs, unless a signal cancelled it together with main
    during, // that has ended, cancelled first where main failed; the services (resolver, HTTP client, threads) are
            // there
    after,  // the services have ended
};

namespace detail {

// A phase, together with where it was named.
struct ShutdownPhaseHere {
    ShutdownPhaseHere(ShutdownPhase given, std::source_location here = std::source_location::current()) noexcept
        : phase(given), site(here) {}
    ShutdownPhase phase;
    std::source_location site;
};

} // namespace detail

// What a program has done as it comes to its end, see `add_shutdown_trigger`. A handle: dropping it leaves the trigger
// in place.
class ShutdownTrigger {
public:
    // What it does is cancelled, and reported as a TimeoutError, when it takes longer than this: 10 s at first.
    void set_bound(Duration bound);
    // Takes it back. Does nothing where its turn has come. (Twisted's removeSystemEventTrigger.)
    void remove();

private:
    friend class RootTask;
    template <class F, class... Arguments>
        requires std::is_invocable_v<std::decay_t<F>&, std::decay_t<Arguments>&...>
    friend ShutdownTrigger add_shutdown_trigger(detail::ShutdownPhaseHere when, F&& f, Arguments&&... arguments);

    struct Entry {
        UniqueFunction<std::optional<Task<>>()> call; // none where it was taken back
        std::source_location site;
        Duration bound = std::chrono::seconds(10);
    };

    explicit ShutdownTrigger(std::shared_ptr<Entry> entry) noexcept : entry_(std::move(entry)) {}
    static ShutdownTrigger add(ShutdownPhase phase, std::shared_ptr<Entry> entry);

    std::shared_ptr<Entry> entry_;
};

// Has `f(arguments…)` called when the program that runs here comes to its end, and what it gives awaited, if it gives
// something to await. The triggers of a phase are called in the order in which they were added, each when the one
// before has ended, in a task group of its own that no cancellation of main's reaches. One that fails or takes too long
// is reported, and the next is called. One that is added to a phase under way is called last in it; to a phase that is
// over, an Error. A reactor that is turned by hand (`Reactor::run`) calls none, and adding one there is an Error too.
// (Twisted's addSystemEventTrigger with "shutdown".)
template <class F, class... Arguments>
    requires std::is_invocable_v<std::decay_t<F>&, std::decay_t<Arguments>&...>
ShutdownTrigger add_shutdown_trigger(detail::ShutdownPhaseHere when, F&& f, Arguments&&... arguments) {
    detail::guard_callable<F>();
    auto entry = std::make_shared<ShutdownTrigger::Entry>();
    entry->site = when.site;
    entry->call = [f = std::decay_t<F>(std::forward<F>(f)),
                   ... arguments = std::decay_t<Arguments>(std::forward<Arguments>(arguments))]() mutable {
        return detail::call_for_effect(f, arguments...);
    };
    return ShutdownTrigger::add(when.phase, std::move(entry));
}

} // namespace corduroy
