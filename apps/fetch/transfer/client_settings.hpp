#pragma once

#include "options/options.hpp"

#include <corduroy/http/client_settings.hpp>

namespace fetch {

// The client that the options ask for; to be called on its reactor. Throws corduroy::Error where --resolve is
// malformed.
corduroy::http::ClientSettings client_settings(const Operation& operation, const Options& options);

} // namespace fetch
