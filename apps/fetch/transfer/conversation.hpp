#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fetch {

// Finds the heads among the bytes of an HTTP/1 connection, where a request follows the answer to the one before, and
// makes lines of them as `curl -v` does: "> " before what is sent and "< " before what is received. Bodies are left
// out.
class Conversation {
public:
    // What the bytes say, in whole lines, or nothing.
    std::string sent(std::string_view bytes);
    std::string received(std::string_view bytes);

private:
    // One side's head, a line at a time.
    class Head {
    public:
        explicit Head(std::string_view mark) noexcept : mark_(mark) {}

        void begin() noexcept { coming_ = true; }
        bool coming() const noexcept { return coming_; }
        // Appends the lines that end in `bytes`, and removes from these what belongs to the head.
        void take(std::string_view& bytes, std::string& text);
        // Of the last head that ended.
        const std::string& first_line() const noexcept { return first_line_; }

    private:
        std::string_view mark_;
        std::string line_; // as far as it has come
        std::string first_line_;
        bool coming_ = false;
        bool inside_ = false; // the first line has been taken
    };

    Head request_{"> "};
    Head answer_{"< "};
    bool answered_ = true; // what is sent next is a request
};

} // namespace fetch
