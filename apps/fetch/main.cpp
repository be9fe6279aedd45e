// Fetches URLs, many at once: see --help, which is written in options.cpp.

#include "heap.hpp"
#include "options/command_line.hpp"
#include "output/console.hpp"
#include "showcase/showcase.hpp"
#include "transfer/exit_status.hpp"
#include "transfer/fetcher.hpp"
#include "transfer/open_files.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/react.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/failure.hpp>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <optional>
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

Task<int> run_on(Console& console, Options& options) {
    std::string told = fit_open_files(options);
    if (!told.empty() && !options.silent) co_await console.say("fetch: " + told);
    Task<int> running = options.has_urls() ? fetch_all(options, console) : show(options);
    auto status = co_await attempt(std::move(running));
    if (status) co_return *status;
    co_await console.say("fetch: " + status.failure().message());
    co_return exit_status_of(status.failure());
}

Task<int> run(Options& options) {
    int lines = STDERR_FILENO;
    std::optional<corduroy::Failure> failure;
    try {
        lines = error_descriptor(options);
    } catch (const corduroy::IoError&) {
        failure = corduroy::Failure::current();
    }
    Console console(lines);
    if (!failure) co_return co_await run_on(console, options);
    co_await console.say("fetch: " + failure->message());
    co_return exit_status_of(*failure);
}

// Whoever started us may have closed some of the descriptors that every program has. They must not become those of
// files and connections, into which what is meant for them would then be written: they are opened the wrong way round,
// so that using them fails.
void occupy_standard_descriptors() noexcept {
    for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
        int opened = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); // the lowest that is free
        static_cast<void>(opened);
    }
}

// The terminal has gone: then we end as for SIGTERM, unless the one who started us (nohup) had it ignored.
void end_on_hangup() noexcept {
    auto pass_on = [](int) { ::kill(::getpid(), SIGTERM); };
    if (std::signal(SIGHUP, pass_on) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

} // namespace

} // namespace fetch

int main(int argc, char** argv) {
    fetch::keep_freed_memory();
    fetch::occupy_standard_descriptors();
    // Whoever reads our output may go away: then writing fails, and we end in order.
    std::signal(SIGPIPE, SIG_IGN);
    fetch::end_on_hangup();
    fetch::CommandLine line = fetch::read_command_line(argc, argv);
    if (line.status) return *line.status;
    if (line.options.may_be_many()) fetch::use_huge_pages();
    auto run = [&line] { return fetch::run(line.options); };
    return corduroy::react(run, argc, argv);
}
