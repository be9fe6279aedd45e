#include <corduroy/async/combine/contest.hpp>

#include <corduroy/async/combine/failure_group.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/reactor/reactor.hpp>

namespace corduroy::detail {

Contest::Contest(Rule rule, std::size_t contestants)
    : rule_(rule), set_(rule == Rule::first_success ? JoinSet::Until::first_success : JoinSet::Until::first_end) {
    if (contestants == 0)
        throw Error(rule == Rule::first_success
                        ? "race of nobody: the range is empty, and nobody can succeed"
                        : "first_completed of nothing: the range is empty, and nothing can end");
}

bool Contest::won(TaskPromiseBase& contestant) {
    const Failure& failure = contestant.failure();
    if (rule_ == Rule::first_success && failure) lost_.push_back(failure);
    if (&contestant != set_.winner() || failure) return false;
    if (rule_ == Rule::first_end && set_.failures().first())
        Reactor::current().report_unhandled(set_.failures().first(), "first_completed: beside the one that won");
    return true;
}

void Contest::raise() {
    if (rule_ == Rule::first_end || set_.failures().any_cancelled()) set_.raise_failures();
    throw FailureGroup(std::move(lost_));
}

} // namespace corduroy::detail
