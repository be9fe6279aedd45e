#pragma once

#include <corduroy/base/failure.hpp>

namespace fetch {

// What the program ends with where this is why the first of its URLs failed: curl's number for it (EXIT CODES of
// curl(1)); 1 for what curl has no number for.
int exit_status_of(const corduroy::Failure& failure);

} // namespace fetch
