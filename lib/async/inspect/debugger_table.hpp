#pragma once

namespace corduroy::detail {

// Does nothing; who calls it has the table for debuggers linked in, which nothing else refers to.
void keep_debugger_table() noexcept;

} // namespace corduroy::detail
