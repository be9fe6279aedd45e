#include "options.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>

namespace fetch {

namespace {

constexpr const char* about = R"(Fetches URLs over HTTP, all at once.

Bodies go to standard output in the order of the URLs, or to files (-o, -O). One line about each URL goes to
standard error: its status, how much came and how long that took, or the sentence that says why it failed.
Without any URL, fetch shows itself at work on a server of its own.)";

constexpr const char* notes =
    R"(A URL without a scheme is taken for http://. URL files hold a URL a line; empty lines and those that begin
with '#' are passed over, and fetching begins while the file is still being read. They come after the URLs of
the command line.

A body that has to wait for its turn on standard output is held to 1 MiB; then reading it pauses. A file is
written as FILE.part and renamed when it is complete; of a download that failed no file stays.

Exit status: 0 if every URL gave an answer, completely, whatever its status (404 is an answer, too);
1 if one did not; 2 if the command line is wrong. Interrupted, fetch dies of the signal.)";

std::optional<corduroy::Duration> duration_of(const CLI::Option* option, double seconds) {
    if (option->count() == 0 || seconds == 0) return std::nullopt; // 0 means no bound, as it does to curl
    return std::chrono::duration_cast<corduroy::Duration>(std::chrono::duration<double>(seconds));
}

// Whether it is "NAME: VALUE", or "NAME;" for a header without a value, as curl has it.
bool is_header(const std::string& line) {
    std::size_t end = line.find_first_of(":;");
    if (end == std::string::npos || end == 0) return false;
    bool has_value = line.find_first_not_of(" \t", end + 1) != std::string::npos;
    return has_value == (line[end] == ':');
}

// What is wrong with the options though each of them is in order; empty if nothing is.
std::string contradiction(const Options& options) {
    for (const std::string& line : options.headers)
        if (!is_header(line)) return "--header '" + line + "' is not of the form 'NAME: VALUE'";
    bool to_files = options.remote_names || !options.outputs.empty();
    if (!options.output_dir.empty() && !to_files) return "--output-dir is of no use without -o or -O";
    if (to_files && !options.has_urls()) return "there is no URL to be saved";
    if (options.insecure && !options.ca_file.empty()) return "--insecure and --cacert contradict each other";
    return {};
}

} // namespace

CommandLine read_command_line(int argc, char** argv) {
    CommandLine line;
    Options& options = line.options;
    bool parallel = false;
    bool show_errors = false;
    double max_time = 0;
    double connect_timeout = 0;
    const auto seconds = CLI::Range(0.0, 1e8);

    CLI::App app(about, "fetch");
    app.footer(notes);
    app.get_formatter()->column_width(34);
    app.set_version_flag("-V,--version", "fetch (Corduroy) " CORDUROY_VERSION, "Say the version and end");
    app.add_option("URL", options.urls, "What to fetch; - for URLs that standard input names, one a line");

    // Each takes one value, so that a URL may follow, and can be given again.
    auto one_each = [&](const char* name, std::vector<std::string>& values, const char* placeholder, const char* help) {
        app.add_option(name, values, help)->allow_extra_args(false)->type_name(placeholder);
    };
    one_each("--url-file", options.url_files, "FILE", "Fetch the URLs in FILE, too (- for standard input)");

    one_each("-o,--output", options.outputs, "FILE",
             "Write to FILE (- for standard output); the n-th is for the n-th URL");
    app.add_flag("-O,--remote-name", options.remote_names,
                 "Write each URL that has no -o to a file named as the last part of its path");
    app.add_option("--output-dir", options.output_dir, "Where those files go")->type_name("DIR");
    app.add_flag("-i,--include", options.include_heads, "Write the answer's head before its body");
    app.add_flag("-s,--silent", options.silent, "Say nothing about URLs that did well");
    app.add_flag("-S,--show-error", show_errors, "Errors are always shown; taken for curl's sake");

    one_each("-H,--header", options.headers, "'NAME: VALUE'", "Send this header, too, or instead");
    app.add_flag("-L,--location", options.follow, "Follow redirects");
    app.add_option("--max-redirs", options.max_redirects, "Follow so many at most (20; -1: any number)")
        ->check(CLI::Range(-1, 1'000'000))
        ->type_name("NUMBER");

    app.add_option("--cacert", options.ca_file, "Trust the certificates in FILE (PEM) instead of the system's")
        ->type_name("FILE");
    app.add_flag("-k,--insecure", options.insecure, "Trust any certificate");
    one_each("--resolve", options.resolve, "HOST:PORT:ADDRESS",
             "Connect to ADDRESS (or several, after commas) for HOST at PORT (* for any)");

    auto* max_time_option =
        app.add_option("--max-time,-m", max_time,
                       "How long a URL may take in all, waiting for those before it to be written included")
            ->check(seconds)
            ->type_name("SECONDS");
    auto* connect_timeout_option = app.add_option("--connect-timeout", connect_timeout,
                                                  "How long looking up the name, connecting and TLS may take (30)")
                                       ->check(seconds)
                                       ->type_name("SECONDS");
    app.add_flag("-Z,--parallel", parallel, "Always done; taken for curl's sake");
    app.add_option("--parallel-max", options.parallel_max, "Fetch so many at a time at most (64)")
        ->check(CLI::Range(1, 65'535))
        ->type_name("NUMBER");

    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& wanted) {
        line.status = app.exit(wanted);
        return line;
    } catch (const CLI::ParseError& error) {
        std::fprintf(stderr, "fetch: %s\nfetch --help tells what there is.\n", error.what());
        line.status = 2;
        return line;
    }
    options.max_time = duration_of(max_time_option, max_time);
    options.connect_timeout = duration_of(connect_timeout_option, connect_timeout);
    if (auto wrong = contradiction(options); !wrong.empty()) {
        std::fprintf(stderr, "fetch: %s\n", wrong.c_str());
        line.status = 2;
    }
    return line;
}

} // namespace fetch
