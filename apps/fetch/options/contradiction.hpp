#pragma once

#include "options/options.hpp"

#include <string>

namespace fetch {

// Reads the file of logins, where the options want one. Throws corduroy::Error.
void read_netrc(NetrcOptions& netrc);

// What is wrong with an operation though each of its options is in order; empty if nothing is.
std::string contradiction(const Operation& operation);

} // namespace fetch
