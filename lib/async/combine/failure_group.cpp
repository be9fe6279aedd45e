#include <corduroy/async/combine/failure_group.hpp>

#include <string>
#include <utility>

namespace corduroy {

namespace {

std::string describe(const std::vector<Failure>& failures) {
    std::string text = "all " + std::to_string(failures.size()) + " failed";
    const char* separator = ": ";
    for (const Failure& failure : failures) text += std::exchange(separator, "; ") + failure.message();
    return text;
}

} // namespace

FailureGroup::FailureGroup(std::vector<Failure> failures) : Error(describe(failures)), failures_(std::move(failures)) {}

} // namespace corduroy
