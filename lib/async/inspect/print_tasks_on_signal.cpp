#include <corduroy/async/inspect/print_tasks_on_signal.hpp>

#include <corduroy/async/inspect/task_tree.hpp>
#include <corduroy/async/task_promise.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/names.hpp>
#include <corduroy/reactor/reactor.hpp>

#include "async/inspect/signal_text.hpp"

#include <cerrno>
#include <string>
#include <string_view>
#include <sys/syscall.h>
#include <unistd.h>

namespace corduroy {

namespace {

constexpr std::size_t coroutines_shown = 32;

// In the loop, some time after the handler.
void print_tree(Reactor& reactor) noexcept try {
    std::string text = "corduroy: in thread " + std::to_string(::gettid()) + " there are " + reactor.stats().text() +
                       "\n" + TaskTree(reactor).text();
    [[maybe_unused]] auto written = ::write(STDERR_FILENO, text.data(), text.size());
} catch (...) { // no memory for the text
}

// A line for each coroutine of the running step, from the outermost in, of very many for the innermost ones. A name as
// GCC gives it would have to be demangled, and that allocates.
void add_running(detail::SignalText& text, const TaskPromiseBase& innermost) noexcept {
    const TaskPromiseBase* row[coroutines_shown];
    std::size_t count = 0;
    const TaskPromiseBase* at = &innermost;
    for (; at != nullptr && count < coroutines_shown; at = at->parent()) row[count++] = at;
    if (at != nullptr) text << "    ...\n";
    while (count-- > 0) {
        std::source_location site = row[count]->site();
        std::string_view function = site.function_name();
        if (site.line() == 0 || is_machinery(function)) continue;
        text << "    " << site.file_name() << ":" << static_cast<long long>(site.line());
        if (!function.ends_with(".Frame*)")) text << " " << function;
        text << "\n";
    }
}

const char* role_of(const TaskPromiseBase& innermost) noexcept {
    const TaskPromiseBase* at = &innermost;
    while (at->parent() != nullptr) at = at->parent();
    return at->owner() != nullptr ? at->owner()->role() : "task";
}

// In the handler: what this thread does, which it was interrupted in.
void print_step(int signal, Reactor& reactor) noexcept {
    detail::SignalText text;
    text << "corduroy: ";
    if (signal == SIGQUIT)
        text << "SIGQUIT";
    else
        text << "signal " << signal;
    text << " in thread " << ::gettid() << ", which ";
    if (!reactor.turning()) {
        text << "waits in the kernel\n";
    } else {
        auto since = std::chrono::duration_cast<std::chrono::milliseconds>(reactor.kernel().now() - reactor.now());
        text << "began this turn of its loop " << since.count() << " ms ago and now runs ";
        if (const TaskPromiseBase* task = current_step.task) {
            text << role_of(*task) << ", last awaited at\n";
            add_running(text, *task);
        } else {
            text << "no task\n";
        }
    }
    text.write_to(STDERR_FILENO);
}

void on_signal(int signal, siginfo_t* info, void*) {
    int saved_errno = errno;
    // Of the process's threads one is interrupted, which passes it on to those that have reactors.
    bool passed_on = info->si_code == SI_TKILL && info->si_pid == ::getpid();
    if (!passed_on) {
        pid_t self = ::gettid();
        RosterEntry::try_visit([&](RosterEntry& entry) {
            if (entry.thread() != self) ::syscall(SYS_tgkill, ::getpid(), entry.thread(), signal);
        });
    }
    if (Reactor* reactor = Reactor::current_or_null()) {
        print_step(signal, *reactor);
        reactor->roster_entry().ask(&print_tree);
    }
    errno = saved_errno;
}

} // namespace

PrintTasksOnSignal::PrintTasksOnSignal(int signal) : signal_(signal) {
    struct sigaction action{};
    action.sa_sigaction = &on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (::sigaction(signal, &action, &previous_) != 0) throw IoError("sigaction of " + std::to_string(signal), errno);
}

PrintTasksOnSignal::~PrintTasksOnSignal() { ::sigaction(signal_, &previous_, nullptr); }

} // namespace corduroy
