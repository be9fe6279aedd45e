#pragma once

#include <corduroy/base/time.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace fetch {

// What the command line asks for.
struct Options {
    // In their order; "-" stands for those that standard input names.
    std::vector<std::string> urls;
    std::vector<std::string> url_files;

    std::vector<std::string> outputs; // -o, one for each URL in turn
    bool remote_names = false;        // -O, for those without
    std::string output_dir;
    bool include_heads = false;
    bool silent = false;

    std::vector<std::string> headers;
    bool follow = false;
    int max_redirects = 20; // -1: no bound

    bool insecure = false;
    std::string ca_file;
    std::vector<std::string> resolve;

    std::optional<corduroy::Duration> max_time;
    std::optional<corduroy::Duration> connect_timeout;
    std::size_t parallel_max = 64;

    // Whether any URL was asked for.
    bool has_urls() const noexcept { return !urls.empty() || !url_files.empty(); }
};

// Reads the command line. Where that is all there is to do (--help, or a mistake, about which it has then said its
// sentence) `status` is the exit status.
struct CommandLine {
    Options options;
    std::optional<int> status;
};
CommandLine read_command_line(int argc, char** argv);

} // namespace fetch
