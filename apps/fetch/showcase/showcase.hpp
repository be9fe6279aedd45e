#pragma once

#include "options/options.hpp"

#include <corduroy/async/task.hpp>

namespace fetch {

// What fetch does when it is given no URL: it starts a server of its own on the loopback, fetches a set of pages from
// it, and shows on standard output what happened. Gives 0, unless it went otherwise than it should.
corduroy::Task<int> show(const Options& options);

} // namespace fetch
