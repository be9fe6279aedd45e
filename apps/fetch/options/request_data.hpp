#pragma once

#include "options/options.hpp"

#include <string_view>

namespace fetch {

// The options of the -d family, each added to what those before it made. "@PATH" stands for a file's content. All throw
// corduroy::Error where that cannot be read.
void add_data(RequestOptions& request, std::string_view text);        // -d: line ends and NULs of a file dropped
void add_data_raw(RequestOptions& request, std::string_view text);    // no files
void add_data_binary(RequestOptions& request, std::string_view text); // a file as it is
// "CONTENT", "=CONTENT", "NAME=CONTENT", "@PATH" or "NAME@PATH", percent-encoded but for the name.
void add_data_urlencoded(RequestOptions& request, std::string_view text);
// JSON: pieces follow each other without anything between them; Content-Type and Accept say so.
void add_json(RequestOptions& request, std::string_view text);
// The same as add_data_urlencoded, for the URL's query; of what begins with '+' the rest is taken as it is.
void add_query(RequestOptions& request, std::string_view text);

} // namespace fetch
