#pragma once

#include "bell.hpp"

#include <corduroy/async/task.hpp>

#include <string>
#include <string_view>

namespace fetch {

// Standard output, for bodies, and the descriptor for what is said about them. On each there is one writer at a time;
// where both are the same file (`>log 2>&1`) one for both, for they share the place where they write.
class Console {
public:
    // `lines` is the descriptor that lines go to: 2, or 1 to have them among the output.
    explicit Console(int lines = 2);

    // Writes to standard output. Throws IoError where it cannot.
    corduroy::Task<> write(std::string_view bytes);
    // Writes a line, to which it adds the end. Nobody is told where that fails.
    corduroy::Task<> say(std::string line);
    // The same without an end.
    corduroy::Task<> say_as_it_is(std::string text);

private:
    struct Lane {
        Bell free;
        bool taken = false;
    };

    corduroy::Task<> write_alone(Lane& lane, int fd, std::string_view bytes, std::string_view name);

    Lane output_lane_;
    Lane own_lines_lane_;
    Lane* lines_lane_;
    int lines_;
};

} // namespace fetch
