#include "options/form_field.hpp"

#include <corduroy/base/error.hpp>

namespace fetch {

namespace {

// What curl takes a file for by its name.
std::string_view type_of(std::string_view path) {
    struct Ending {
        std::string_view ending;
        std::string_view type;
    };
    constexpr Ending known[] = {{".gif", "image/gif"},      {".jpg", "image/jpeg"},    {".jpeg", "image/jpeg"},
                                {".png", "image/png"},      {".svg", "image/svg+xml"}, {".txt", "text/plain"},
                                {".htm", "text/html"},      {".html", "text/html"},    {".pdf", "application/pdf"},
                                {".xml", "application/xml"}};
    for (const Ending& each : known)
        if (path.ends_with(each.ending)) return each.type;
    return "application/octet-stream";
}

// Takes text up to one of `ends`, or out of double quotes, within which '\' takes the next character as it is.
std::string take_word(std::string_view& text, std::string_view ends) {
    std::string word;
    if (!text.starts_with('"')) {
        std::size_t end = text.find_first_of(ends);
        word = text.substr(0, end);
        text.remove_prefix(word.size());
        return word;
    }
    text.remove_prefix(1);
    while (!text.empty() && text.front() != '"') {
        if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
        word += text.front();
        text.remove_prefix(1);
    }
    if (!text.empty()) text.remove_prefix(1);
    return word;
}

FormField split(std::string_view text, std::string_view& rest) {
    std::size_t equals = text.find('=');
    if (equals == std::string_view::npos)
        throw corduroy::Error("-F '" + std::string(text) + "' is not of the form NAME=CONTENT");
    FormField field;
    field.name = text.substr(0, equals);
    rest = text.substr(equals + 1);
    return field;
}

} // namespace

FormField FormField::parse(std::string_view text) {
    std::string_view rest;
    FormField field = split(text, rest);
    if (rest.starts_with('@')) field.kind = Kind::file;
    if (rest.starts_with('<')) field.kind = Kind::text_of_file;
    if (field.kind != Kind::text) rest.remove_prefix(1);
    field.content = take_word(rest, ";");
    while (rest.starts_with(';')) {
        std::string_view before = rest;
        rest.remove_prefix(1);
        while (rest.starts_with(' ')) rest.remove_prefix(1);
        if (rest.starts_with("type=")) {
            rest.remove_prefix(5);
            field.content_type = take_word(rest, ";");
        } else if (rest.starts_with("filename=")) {
            rest.remove_prefix(9);
            field.filename = take_word(rest, ";");
        } else {
            // No word of ours: it belongs to the content.
            std::string more = take_word(rest, ";");
            field.content.append(before.substr(0, before.size() - rest.size()));
        }
    }
    if (field.kind == Kind::file) {
        if (field.filename.empty()) field.filename = field.content.substr(field.content.rfind('/') + 1);
        if (field.content_type.empty()) field.content_type = type_of(field.filename);
    }
    return field;
}

FormField FormField::parse_text(std::string_view text) {
    std::string_view rest;
    FormField field = split(text, rest);
    field.content = rest;
    return field;
}

} // namespace fetch
