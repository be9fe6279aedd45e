#pragma once

namespace corduroy::detail {

// Tells debuggers where things lie (lib/async/inspect/debugger_table.cpp). A friend of what it looks into.
struct DebuggerTable;

} // namespace corduroy::detail
