#include "options/form_field.hpp"

#include "blanks.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/http/headers.hpp>

#include <algorithm>

namespace fetch {

namespace {

// What curl takes a file for by its name; empty where it knows none.
std::string_view type_of(std::string_view path) {
    struct Ending {
        std::string_view ending;
        std::string_view type;
    };
    constexpr Ending known[] = {{".gif", "image/gif"},      {".jpg", "image/jpeg"},    {".jpeg", "image/jpeg"},
                                {".png", "image/png"},      {".svg", "image/svg+xml"}, {".txt", "text/plain"},
                                {".htm", "text/html"},      {".html", "text/html"},    {".pdf", "application/pdf"},
                                {".xml", "application/xml"}};
    for (const Ending& each : known) {
        if (path.size() < each.ending.size()) continue;
        std::string_view ending = path.substr(path.size() - each.ending.size());
        if (corduroy::http::equal_ignoring_case(ending, each.ending)) return each.type;
    }
    return {};
}

// Takes text up to one of `ends`, or out of double quotes, within which '\' takes the next character as it is.
std::string take_word(std::string_view& text, std::string_view ends) {
    std::string word;
    if (!text.starts_with('"')) {
        std::size_t end = text.find_first_of(ends);
        word = text.substr(0, end);
        text.remove_prefix(std::min(end, text.size()));
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

bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
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

// What curl sends where no type is given.
std::string default_type(FormField::Kind kind, const FormField::Part& part) {
    std::string_view type = type_of(part.filename);
    if (part.content == "-" && kind == FormField::Kind::file) return std::string(type); // standard input has no name
    if (type.empty() && kind != FormField::Kind::text) type = type_of(part.content);
    if (kind == FormField::Kind::file) return std::string(type.empty() ? "application/octet-stream" : type);
    return std::string(type == "text/plain" && part.filename.empty() ? std::string_view() : type);
}

FormField::Part take_part(FormField::Kind kind, std::string_view& text) {
    std::string_view ends = kind == FormField::Kind::file ? ";," : ";";
    FormField::Part part;
    part.content = take_word(text, ends);
    bool in_type = false;
    while (text.starts_with(';')) {
        std::string_view before = text;
        text.remove_prefix(1);
        text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
        if (!in_type && take(text, "type=")) {
            in_type = true;
            part.content_type = without_blanks(take_word(text, ends));
            if (part.content_type.find('/') == std::string::npos)
                throw corduroy::Error("-F: '" + part.content_type + "' is no type, such as text/html");
        } else if (take(text, "filename=")) {
            in_type = false;
            part.filename = without_blanks(take_word(text, ends));
        } else if (text.starts_with("headers=") || text.starts_with("encoder=")) {
            throw corduroy::Error("-F: a part's " + std::string(text.substr(0, 7)) + " cannot be set");
        } else {
            take_word(text, ends);
            std::string_view more = before.substr(0, before.size() - text.size());
            if (in_type)
                part.content_type += without_blanks(more);
            else if (kind == FormField::Kind::text)
                part.content += more;
            else
                throw corduroy::Error("-F: '" + std::string(more.substr(1)) + "' is neither type= nor filename=");
        }
    }
    if (kind == FormField::Kind::text_of_file) part.filename.clear();
    if (part.content_type.empty()) part.content_type = default_type(kind, part);
    if (kind == FormField::Kind::file && part.filename.empty())
        part.filename = part.content.substr(part.content.rfind('/') + 1);
    return part;
}

} // namespace

FormField FormField::parse(std::string_view text) {
    std::string_view rest;
    FormField field = split(text, rest);
    if (rest.starts_with('@')) field.kind = Kind::file;
    if (rest.starts_with('<')) field.kind = Kind::text_of_file;
    if (field.kind != Kind::text) rest.remove_prefix(1);
    do field.parts.push_back(take_part(field.kind, rest));
    while (field.kind == Kind::file && take(rest, ","));
    return field;
}

FormField FormField::parse_text(std::string_view text) {
    std::string_view rest;
    FormField field = split(text, rest);
    field.parts.push_back({std::string(rest), {}, {}});
    return field;
}

} // namespace fetch
