#pragma once

#include "bell.hpp"
#include "output/live_area.hpp"
#include "output/progress_lines.hpp"

#include <corduroy/async/sync/lock.hpp>
#include <corduroy/async/task.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace fetch {

// Standard output, for bodies, and the descriptor for what is said about them. On each there is one writer at a time;
// where both are the same file (`>log 2>&1`) one for both, for they share the place where they write.
//
// On a terminal, lines can stand below what is said that are drawn anew again and again. As long as they do, what is
// said is held, and written with the next drawing; that bounds what is written, however much is said.
class Console {
public:
    // `lines` is the descriptor that lines go to: 2, or 1 to have them among the output.
    explicit Console(int lines = 2);
    Console(const Console&) = delete;
    ~Console() { stop_drawing(); }

    // Writes to standard output. Throws IoError where it cannot. What is no whole lines, and goes to the terminal that
    // is drawn on, ends the drawing.
    corduroy::Task<> write(std::string_view bytes);
    // Writes a line, to which it adds the end. Nobody is told where that fails. A terminal is given no control
    // characters.
    corduroy::Task<> say(std::string line);
    // The same for text as it is, without an end.
    corduroy::Task<> say_as_it_is(std::string text);

    // Whether lines go to a terminal that knows how to be drawn on.
    bool can_draw() const noexcept;
    // Whether standard output goes to a terminal, too.
    bool output_is_terminal() const noexcept { return output_is_terminal_; }
    WindowSize window() const noexcept;

    // From now on what is said is held. `said` is rung for each line, and must last until `stop_drawing`.
    void hold_lines(Bell& said) noexcept;
    bool holds_lines() const noexcept { return said_ != nullptr; }
    bool has_held_lines() const noexcept { return !held_.empty(); }
    // Writes what is held, and these lines below in the place of those that were there.
    corduroy::Task<> draw(std::vector<std::string> lines);
    // Removes what was drawn and writes what is held; from now on nothing is held.
    corduroy::Task<> end_drawing();
    // The same at once and without the loop, where nobody else can be writing.
    void stop_drawing() noexcept;

private:
    corduroy::Task<> write_alone(corduroy::Lock& lane, int fd, std::string_view bytes, std::string_view name);
    corduroy::Task<> draw_alone(const std::vector<std::string>& lines);
    corduroy::Task<> hold(std::string_view text);
    // What to write for these lines, with what is held above them.
    std::string redrawn(const std::vector<std::string>& lines);

    // A descriptor's writers, one at a time and in the order in which they came.
    corduroy::Lock output_lane_;
    corduroy::Lock own_lines_lane_;
    corduroy::Lock* lines_lane_;
    int lines_;
    bool lines_are_terminal_;
    bool output_is_terminal_;

    Bell* said_ = nullptr; // set while lines are held
    std::string held_;
    Bell room_; // less is held
    LiveArea area_;
};

} // namespace fetch
