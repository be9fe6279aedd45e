#include <corduroy/async/deferred/log_error.hpp>

#include <corduroy/reactor/reactor.hpp>

namespace corduroy {

Failure log_error(Failure failure) {
    Reactor::current().report_unhandled(failure, "a chain of Deferreds, where log_error saw it");
    return failure;
}

} // namespace corduroy
