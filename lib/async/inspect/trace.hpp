#pragma once

#include <corduroy/reactor/instrument.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <memory>

namespace corduroy::detail {

// Where CORDUROY_TRACE is set, an instrument that writes a line for each event: to stderr where it is 1, otherwise to
// the end of the file it names. Null where it is unset, empty or 0; a file that cannot be opened is warned of.
std::unique_ptr<Instrument> trace_of_environment(Reactor& reactor);

} // namespace corduroy::detail
