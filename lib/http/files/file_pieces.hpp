#pragma once

#include <corduroy/async/generator/async_generator.hpp>

#include <string>

namespace corduroy::http {

// A file's contents in pieces of 256 KiB.
AsyncGenerator<std::string> file_pieces(std::string path);

} // namespace corduroy::http
