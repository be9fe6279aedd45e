#pragma once

#include <corduroy/async/combine/awaitable_range.hpp>
#include <corduroy/async/combine/contest.hpp>
#include <corduroy/async/combine/failure_group.hpp>
#include <corduroy/async/combine/won.hpp>

#include <utility>

namespace corduroy {

// Runs all of them side by side, started in order; the first success wins, the others are cancelled and joined, and
// what they come to is dropped. Gives a Won: who, and with what. Where all fail it throws a FailureGroup; a race of
// nobody, an empty range, throws an Error. Cancelling it cancels and joins all. (Twisted's race.)
//
// A loser may succeed in the turn in which it lost: what a queue handed it is then dropped too. Where that must not be
// lost, race Tasks that put what they get where their caller finds it; `timeout` and `move_on_after` lose nothing.
template <class... Awaitables>
    requires(sizeof...(Awaitables) > 0) && (IntoTask<Awaitables> && ...)
auto race(Awaitables&&... awaitables) {
    return detail::contest_of(detail::Contest::Rule::first_success, std::forward<Awaitables>(awaitables)...);
}

template <AwaitableRange Range>
auto race(Range&& range) {
    return detail::contest(detail::Contest::Rule::first_success, detail::collect_tasks(std::forward<Range>(range)));
}

} // namespace corduroy
