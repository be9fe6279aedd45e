#include "options/arguments.hpp"

#include "blanks.hpp"
#include "file_error.hpp"

#include <corduroy/base/error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <ios>
#include <iostream>
#include <iterator>
#include <utility>

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

// What a word says that is an option, or several: the letters of "-sKFILE" up to the one that takes a value.
struct OptionWord {
    std::string name;         // with its dashes: "--config", "-K"; empty where it is no option
    std::string flags_before; // "-s"
    std::string value;
    bool takes_value = false;
    bool has_value = false; // in this word

    static OptionWord of(const std::string& word, const TakesValue& takes_value);
};

OptionWord OptionWord::of(const std::string& word, const TakesValue& takes_value) {
    OptionWord option;
    if (word.size() < 2 || word.front() != '-') return option;
    std::size_t end = word.size();
    if (word[1] == '-') {
        end = std::min(word.find('='), end);
        option.name = word.substr(0, end);
        option.has_value = end != word.size();
        option.takes_value = takes_value(option.name);
        if (option.has_value) option.value = word.substr(end + 1);
        return option;
    }
    for (std::size_t i = 1; i < word.size() && !option.takes_value; ++i) {
        option.name = std::string("-") + word[i];
        option.takes_value = takes_value(option.name);
        end = i;
    }
    if (end > 1) option.flags_before = word.substr(0, end);
    option.value = word.substr(end + 1);
    option.has_value = !option.value.empty();
    return option;
}

bool wants_next_word(const std::string& word, const TakesValue& takes_value) {
    OptionWord option = OptionWord::of(word, takes_value);
    return option.takes_value && !option.has_value;
}

void warn(const std::string& place, const std::string& what) {
    std::fprintf(stderr, "fetch: %s: %s\n", place.c_str(), what.c_str());
}

void parse_config_line(std::string_view line, const std::string& place, const TakesValue& takes_value,
                       Arguments& words) {
    line = without_leading_blanks(line);
    if (line.empty() || line.front() == '#') return;
    bool dashed = line.front() == '-';
    std::size_t end = line.find_first_of(dashed ? " \t\r" : " \t\r:=");
    std::string name(line.substr(0, end));
    if (!dashed) name.insert(0, name.size() == 1 ? "-" : "--");
    std::string_view rest = end == std::string_view::npos ? "" : without_leading_blanks(line.substr(end));
    if (!rest.empty() && (rest.front() == '=' || rest.front() == ':')) rest = without_leading_blanks(rest.substr(1));
    bool wanted = wants_next_word(name, takes_value);
    bool given = !rest.empty() && (wanted || rest.front() != '#');
    // As curl has it: the rest of the file is read nevertheless.
    if (wanted && !given) return warn(place, name + " wants a value and is passed over");
    words.push_back(name);
    if (!given) return;
    if (!wanted) return warn(place, name + " takes no value; what stands behind it is passed over");
    if (rest.front() == '"') {
        words.push_back(quotation_of(rest, place));
        return;
    }
    end = std::min(rest.find_first_of(blanks), rest.size());
    words.emplace_back(rest.substr(0, end));
    std::string_view behind = without_leading_blanks(rest.substr(end));
    if (!behind.empty() && behind.front() != '#')
        warn(place, "the value of " + name + " ends at its first blank; quotes keep it together");
}

// "-s1L" as "-sL" and "--tlsv1", for CLI11 has no options that are digits. `flags` are letters behind a dash, of which
// none takes a value.
void add_flags(Arguments& words, std::string flags) {
    if (std::erase(flags, '1') != 0) words.emplace_back("--tlsv1");
    if (flags.size() > 1) words.push_back(std::move(flags));
}

// Splits the words at each --next, with the files' in the place of -K.
class Expansion {
public:
    explicit Expansion(const TakesValue& takes_value) : takes_value_(takes_value), operations_(1) {}

    void add(const Arguments& words, int depth) {
        for (std::size_t i = 0; i < words.size(); ++i) {
            const std::string& word = words[i];
            OptionWord option = OptionWord::of(word, takes_value_);
            bool next_is_value = option.takes_value && !option.has_value;
            bool next = option.name == "--next" || option.name == "-:";
            bool config = option.name == "-K" || option.name == "--config";
            if ((next || config) && !option.flags_before.empty()) add_flags(operations_.back(), option.flags_before);
            if (next) {
                operations_.emplace_back();
            } else if (config) {
                if (next_is_value && i + 1 == words.size())
                    throw corduroy::Error(option.name + " wants the name of a file");
                add_file(next_is_value ? words[++i] : option.value, depth);
            } else if (is_flags(word, option)) {
                add_flags(operations_.back(), word);
            } else {
                bool digit = option.flags_before.find('1') != std::string::npos;
                if (digit) add_flags(operations_.back(), option.flags_before);
                operations_.back().push_back(digit ? option.name + option.value : word);
                if (next_is_value && i + 1 < words.size()) operations_.back().push_back(words[++i]);
            }
        }
    }

    // Whether it is "-1" or "-s1" and the like; a number, such as "-1.5", is not.
    static bool is_flags(const std::string& word, const OptionWord& option) {
        bool letters = word.size() > 1 && word[0] == '-' && word[1] != '-' && !option.takes_value;
        return letters && word.find_first_of(".023456789") == std::string::npos;
    }

    std::vector<Arguments> take() && { return std::move(operations_); }

private:
    void add_file(const std::string& path, int depth) {
        if (depth == deepest_config)
            throw corduroy::Error("-K " + path + ": configuration files name each other more than " +
                                  std::to_string(deepest_config) + " deep");
        add(parse_config(content_of(path), path, takes_value_), depth + 1);
    }

    const TakesValue& takes_value_;
    std::vector<Arguments> operations_;
};

} // namespace

std::string content_of(const std::string& path) {
    if (path == "-") return all_of(std::cin, "standard input");
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) raise_unreadable("open " + path, errno);
    return all_of(file, path);
}

Arguments parse_config(std::string_view text, std::string_view path, const TakesValue& takes_value) {
    Arguments words;
    std::size_t number = 0;
    while (!text.empty()) {
        std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        std::string place = "line " + std::to_string(++number) + " of " + std::string(path);
        parse_config_line(line, place, takes_value, words);
    }
    return words;
}

std::vector<Arguments> operations_of(const Arguments& arguments, const TakesValue& takes_value) {
    Expansion expansion(takes_value);
    expansion.add(arguments, 0);
    return std::move(expansion).take();
}

} // namespace fetch
