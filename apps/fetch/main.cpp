// Fetches URLs, many at once: see --help, which is written in options.cpp.

#include "options/command_line.hpp"
#include "output/console.hpp"
#include "showcase/showcase.hpp"
#include "transfer/exit_status.hpp"
#include "transfer/fetcher.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/react.hpp>
#include <corduroy/base/error.hpp>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace fetch {

using corduroy::Task;

namespace {

Task<int> fetch_all(const Options& options, Console& console) {
    Fetcher fetcher(options, console);
    int status = co_await fetcher.run();
    co_return status;
}

// The descriptor that --stderr asks for.
int error_descriptor(const Options& options) {
    if (options.error_file.empty()) return STDERR_FILENO;
    if (options.error_file == "-") return STDOUT_FILENO;
    int fd = ::open(options.error_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) throw corduroy::IoError("open " + options.error_file, errno);
    return fd;
}

Task<int> run(const Options& options) {
    Console console(error_descriptor(options));
    Task<int> running = options.has_urls() ? fetch_all(options, console) : show(options);
    auto status = co_await attempt(std::move(running));
    if (status) co_return *status;
    co_await console.say("fetch: " + status.failure().message());
    co_return exit_status_of(status.failure());
}

} // namespace

} // namespace fetch

int main(int argc, char** argv) {
    // Whoever reads our output may go away: then writing fails, and we end in order.
    std::signal(SIGPIPE, SIG_IGN);
    fetch::CommandLine line = fetch::read_command_line(argc, argv);
    if (line.status) return *line.status;
    auto run = [&line] { return fetch::run(line.options); };
    return corduroy::react(run, argc, argv);
}
