#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fetch {

// The lowest lines of a terminal, that are drawn anew again and again, below others that stay. The cursor is left where
// they begin. So nothing has to be counted to remove them: whatever the terminal has made of their lines when its
// window was resized, they are all that is behind the cursor.
class LiveArea {
public:
    // What has to be written to have `text` (lines, each with its end, or nothing) stand above `lines`, which take the
    // place of those that were there.
    std::string redrawn(std::string_view text, const std::vector<std::string>& lines);
    bool empty() const noexcept { return !drawn_; }
    // Another program has written to the terminal: what was drawn is not there any more.
    void forget() noexcept { drawn_ = false; }

private:
    bool drawn_ = false;
};

} // namespace fetch
