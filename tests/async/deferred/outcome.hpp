#pragma once

// What the tests of Deferreds have in common.

#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/base/result.hpp>

#include "support/run_test.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corduroy {

// What the value or failure of a Deferred was; it takes it.
template <class T>
class Outcome {
public:
    explicit Outcome(Deferred<T>&& deferred) {
        std::move(deferred).add_both([this](Result<T> result) { result_.emplace(std::move(result)); });
    }
    bool there() const { return result_.has_value(); }
    T value() { return std::move(*result_).value(); }
    const Failure& failure() const { return result_->failure(); }
    std::string message() const { return failure().message(); }

private:
    std::optional<Result<T>> result_;
};

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline std::runtime_error sorry() { return std::runtime_error("sorry"); }

// The failures that were reported while `body(machine)` ran as main, each with its context.
struct Report {
    Failure failure;
    std::string context;
    std::string text() const { return failure.message() + " in " + context; }
};
template <class Body>
std::vector<Report> reports_of(Body body) {
    std::vector<Report> all;
    auto watched = [&](Machine& machine) -> Task<> {
        machine.reactor().on_unhandled(
            [&](const Failure& failure, std::string_view context) { all.push_back({failure, std::string(context)}); });
        co_await body(machine);
    };
    run_test(watched);
    return all;
}
// The same of a function that waits for nothing.
template <class Body>
std::vector<Report> reports(Body body) {
    auto task = [&](Machine&) -> Task<> {
        body();
        co_return;
    };
    return reports_of(task);
}

} // namespace corduroy
