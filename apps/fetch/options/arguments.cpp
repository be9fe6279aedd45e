#include "options/arguments.hpp"

#include "blanks.hpp"
#include "file_error.hpp"

#include <corduroy/base/error.hpp>

#include <cerrno>
#include <fstream>
#include <ios>
#include <iostream>
#include <iterator>

namespace fetch {

namespace {

constexpr int deepest_config = 10;

[[noreturn]] void raise_unreadable(const std::string& tried, int error) {
    throw FileError(FileError::Doing::reading, corduroy::IoError(tried, error).what());
}

std::string all_of(std::istream& stream, const std::string& name) {
    try {
        return {std::istreambuf_iterator<char>(stream), {}};
    } catch (const std::ios_base::failure& error) { // it is a directory, for one
        raise_unreadable("read " + name, error.code().value());
    }
}

std::string_view without_leading_blanks(std::string_view text) {
    std::size_t begin = text.find_first_not_of(blanks);
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

char meaning_of_escaped(char c) {
    switch (c) {
    case 't':
        return '\t';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 'v':
        return '\v';
    default:
        return c;
    }
}

// What stands in double quotes from the beginning of `text`.
std::string quotation_of(std::string_view text, const std::string& place) {
    std::string word;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') return word;
        if (text[i] == '\\' && i + 1 < text.size())
            word += meaning_of_escaped(text[++i]);
        else
            word += text[i];
    }
    throw corduroy::Error(place + " begins a quotation and does not end it");
}

void parse_config_line(std::string_view line, const std::string& place, Arguments& words) {
    line = without_leading_blanks(line);
    if (line.empty() || line.front() == '#') return;
    bool dashed = line.front() == '-';
    std::size_t end = line.find_first_of(dashed ? " \t\r" : " \t\r:=");
    std::string name(line.substr(0, end));
    words.push_back(dashed ? name : (name.size() == 1 ? "-" : "--") + name);
    if (end == std::string_view::npos) return;
    std::string_view rest = without_leading_blanks(line.substr(end));
    if (!rest.empty() && (rest.front() == '=' || rest.front() == ':')) rest = without_leading_blanks(rest.substr(1));
    if (rest.empty() || rest.front() == '#') return;
    if (rest.front() == '"') {
        words.push_back(quotation_of(rest, place));
    } else {
        while (!rest.empty() && blanks.find(rest.back()) != std::string_view::npos) rest.remove_suffix(1);
        words.emplace_back(rest);
    }
}

bool is_config(const std::string& word) { return word == "-K" || word == "--config"; }

void expand(const Arguments& arguments, int depth, Arguments& words) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (!is_config(arguments[i])) {
            words.push_back(arguments[i]);
            continue;
        }
        if (i + 1 == arguments.size()) throw corduroy::Error(arguments[i] + " wants the name of a file");
        const std::string& path = arguments[++i];
        if (depth == deepest_config)
            throw corduroy::Error("-K " + path + ": configuration files name each other more than " +
                                  std::to_string(deepest_config) + " deep");
        expand(parse_config(content_of(path), path), depth + 1, words);
    }
}

} // namespace

std::string content_of(const std::string& path) {
    if (path == "-") return all_of(std::cin, "standard input");
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) raise_unreadable("open " + path, errno);
    return all_of(file, path);
}

Arguments parse_config(std::string_view text, std::string_view path) {
    Arguments words;
    std::size_t number = 0;
    while (!text.empty()) {
        std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        std::string place = "line " + std::to_string(++number) + " of " + std::string(path);
        parse_config_line(line, place, words);
    }
    return words;
}

std::vector<Arguments> operations_of(const Arguments& arguments) {
    Arguments words;
    expand(arguments, 0, words);
    std::vector<Arguments> operations(1);
    for (std::string& word : words) {
        if (word == "--next" || word == "-:")
            operations.emplace_back();
        else
            operations.back().push_back(std::move(word));
    }
    return operations;
}

} // namespace fetch
