#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fetch {

// The words of a command line, without the program's name.
using Arguments = std::vector<std::string>;

// Whether the option of this name, with its dashes, takes a value: the rest of its word, or the next word.
using TakesValue = std::function<bool(const std::string& name)>;

// Puts the words of the configuration files that -K names in the place of -K, and cuts the whole at each --next. Throws
// corduroy::Error where such a file cannot be read, or is none.
std::vector<Arguments> operations_of(const Arguments& arguments, const TakesValue& takes_value);

// The words of a configuration file in curl's format: an option a line, its leading dashes left out where it is a long
// one, and its value behind a space, a ':' or a '=', in double quotes where it holds spaces; '#' begins a comment, but
// not where a value is wanted. What has no value and wants one, or the other way round, is warned of on standard error.
Arguments parse_config(std::string_view text, std::string_view path, const TakesValue& takes_value);

// All of a file, or of standard input ("-"). Throws FileError. For use before the reactor runs.
std::string content_of(const std::string& path);

} // namespace fetch
