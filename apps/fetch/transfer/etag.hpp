#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/http/response.hpp>

#include <string>

namespace fetch {

// The value of If-None-Match that the file of --etag-compare stands for: what it holds, or, where it is empty or not
// there, "" in quotes, which no answer has. Throws FileError where it cannot be read.
std::string etag_to_compare(const std::string& path);

// Writes the answer's ETag, where it has one, to the file of --etag-save. Throws IoError.
corduroy::Task<> save_etag(const std::string& path, const corduroy::http::Response& response);

} // namespace fetch
