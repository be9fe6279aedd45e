#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fetch {

// A field of a form, -F.
struct FormField {
    // Its text is `content`, or that of the file named there, sent as text ('<') or as a file ('@').
    enum class Kind { text, text_of_file, file };

    struct Part {
        std::string content; // or a path
        std::string filename;
        std::string content_type; // empty: it has none
    };

    Kind kind = Kind::text;
    std::string name;
    std::vector<Part> parts; // several where it is several files

    // "NAME=CONTENT", "NAME=@PATH", "NAME=@PATH,PATH", "NAME=<PATH", with ";type=TYPE" and ";filename=NAME" behind
    // each, as curl has it. Throws corduroy::Error for what is none.
    static FormField parse(std::string_view text);
    // "NAME=CONTENT" and nothing else, --form-string.
    static FormField parse_text(std::string_view text);
};

} // namespace fetch
