#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/net/address.hpp>
#include <corduroy/net/connect_options.hpp>

namespace corduroy::net {

// A descriptor connected to `address`, or -errno. Throws IoError where this side's own address or interface cannot be
// had, which no other address of the peer's would mend. Cancelling gives up and closes.
Task<int> connect_socket(Address address, const ConnectOptions& options);

} // namespace corduroy::net
