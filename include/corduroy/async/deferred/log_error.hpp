#pragma once

#include <corduroy/base/failure.hpp>

namespace corduroy {

// An errback that writes the failure where the reactor's unhandled failures go, and passes it on:
// `deferred.add_errback(log_error)`. (Twisted's logError.)
Failure log_error(Failure failure);

} // namespace corduroy
