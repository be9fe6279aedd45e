#pragma once

#include <corduroy/async/combine/awaitable_range.hpp>
#include <corduroy/async/combine/contest.hpp>
#include <corduroy/async/combine/won.hpp>

#include <utility>

namespace corduroy {

// Runs all of them side by side, started in order, until the first one ends, be it by success or failure; the others
// are cancelled and joined. Gives a Won: who, and with what; where that one failed its failure is thrown, and how
// others failed meanwhile rides along as `suppressed()`. What fails beside a success is reported as unhandled. An empty
// range throws an Error, for nothing would ever end. Cancelling it cancels and joins all. Who failed can be had as
// well: `first_completed(attempt(a), attempt(b))` gives the index, and a Result. (asyncio's wait(FIRST_COMPLETED),
// Twisted's DeferredList that fires on one callback and on one errback.)
template <class... Awaitables>
    requires(sizeof...(Awaitables) > 0) && (IntoTask<Awaitables> && ...)
auto first_completed(Awaitables&&... awaitables) {
    return detail::contest_of(detail::Contest::Rule::first_end, std::forward<Awaitables>(awaitables)...);
}

template <AwaitableRange Range>
auto first_completed(Range&& range) {
    return detail::contest(detail::Contest::Rule::first_end, detail::collect_tasks(std::forward<Range>(range)));
}

} // namespace corduroy
