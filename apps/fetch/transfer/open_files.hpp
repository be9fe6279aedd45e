#pragma once

#include "options/options.hpp"

#include <string>

namespace fetch {

// Sees that the run does with the files that may be open at a time (ulimit -n): takes as many as the system grants, and
// where these are too few has fewer URLs be fetched at a time, and fewer connections be kept. Says so in a sentence;
// empty where as many are fetched as was asked for.
std::string fit_open_files(Options& options);

} // namespace fetch
