#pragma once

#include <corduroy/base/failure.hpp>

#include <string>

namespace corduroy::detail {

// Reports a failure that nobody took to the reactor that runs; where none does, to standard error.
void report_failure(const Failure& failure, const std::string& context) noexcept;

} // namespace corduroy::detail
