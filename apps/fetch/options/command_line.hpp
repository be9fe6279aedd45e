#pragma once

#include "options/options.hpp"

#include <optional>

namespace fetch {

// Reads the command line. Where that is all there is to do (--help, or a mistake, about which it has then said its
// sentence) `status` is the exit status.
struct CommandLine {
    Options options;
    std::optional<int> status;
};
CommandLine read_command_line(int argc, char** argv);

} // namespace fetch
