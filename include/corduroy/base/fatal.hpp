#pragma once

#include <string_view>

namespace corduroy {

// Ends the program: writes "corduroy: <message>" to stderr and aborts. For misuse that cannot be reported as an error
// without leaving memory in the kernel's hands: a frame destroyed with an operation in flight, a wrong thread.
[[noreturn]] void fatal(std::string_view message) noexcept;

} // namespace corduroy
