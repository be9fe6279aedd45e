#include <corduroy/async/deferred/log_error.hpp>

#include "async/deferred/deferred_report.hpp"

namespace corduroy {

Failure log_error(Failure failure) {
    detail::report_failure(failure, "a chain of Deferreds, where log_error saw it");
    return failure;
}

} // namespace corduroy
