// Fetches URLs, many at once: see --help, which is written in options.cpp.

#include "console.hpp"
#include "fetcher.hpp"
#include "options.hpp"
#include "showcase.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/react.hpp>

#include <csignal>

namespace fetch {

using corduroy::Task;

namespace {

Task<std::size_t> fetch_all(const Options& options, Console& console) {
    Fetcher fetcher(options, console);
    std::size_t failed = co_await fetcher.run();
    co_return failed;
}

Task<int> run(const Options& options) {
    Console console;
    Task<std::size_t> running = options.has_urls() ? fetch_all(options, console) : show(options);
    auto failed = co_await attempt(std::move(running));
    if (failed) co_return *failed == 0 ? 0 : 1;
    co_await console.say("fetch: " + failed.failure().message());
    co_return 1;
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
