#pragma once

#include <string>
#include <string_view>

namespace fetch {

// A field of a form, -F: its text is `content`, or that of the file named there, sent as text ('<') or as a file ('@').
struct FormField {
    enum class Kind { text, text_of_file, file };

    Kind kind = Kind::text;
    std::string name;
    std::string content; // or a path
    std::string filename;
    std::string content_type;

    // "NAME=CONTENT", "NAME=@PATH", "NAME=<PATH", with ";type=TYPE" and ";filename=NAME" behind, as curl has it. Throws
    // corduroy::Error for what is none.
    static FormField parse(std::string_view text);
    // "NAME=CONTENT" and nothing else, --form-string.
    static FormField parse_text(std::string_view text);
};

} // namespace fetch
