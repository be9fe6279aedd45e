#include <corduroy/async/combine/race.hpp>

#include <string>

namespace corduroy {

namespace {

std::string describe(const std::vector<Failure>& failures) {
    std::string text = "all " + std::to_string(failures.size()) + " failed";
    const char* separator = ": ";
    for (const Failure& failure : failures) {
        text += std::exchange(separator, "; ") + failure.message();
    }
    return text;
}

} // namespace

FailureGroup::FailureGroup(std::vector<Failure> failures) : Error(describe(failures)), failures_(std::move(failures)) {}

void detail::raise_nobody_won(const JoinSet& set, std::vector<Failure> failures) {
    if (set.failures().any_cancelled()) set.failures().raise_all(set.scope());
    throw FailureGroup(std::move(failures));
}

} // namespace corduroy
