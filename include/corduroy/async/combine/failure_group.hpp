#pragma once

#include <corduroy/base/error.hpp>
#include <corduroy/base/failure.hpp>

#include <vector>

namespace corduroy {

// Several failed where one success would have done; `failures()` has them in the order of the contestants. (Twisted's
// FailureGroup.)
class FailureGroup : public Error {
public:
    explicit FailureGroup(std::vector<Failure> failures);

    const std::vector<Failure>& failures() const noexcept { return failures_; }

private:
    std::vector<Failure> failures_;
};

} // namespace corduroy
