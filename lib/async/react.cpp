#include <corduroy/async/react.hpp>

#include <corduroy/async/inspect/print_tasks_on_signal.hpp>
#include <corduroy/async/root_task.hpp>
#include <corduroy/base/error.hpp>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <optional>

namespace corduroy::detail {

namespace {

// The reactor that a signal is for. A signal handler can be reached by nothing but a global.
std::atomic<Reactor*> signalled_reactor = nullptr;

void on_signal(int number) {
    if (Reactor* reactor = signalled_reactor.load()) reactor->interrupt(number);
}

// Turns SIGINT and SIGTERM into an interruption of a reactor, each once: the second of a kind has its default action,
// which ends even a program whose loop is stuck. A signal that was ignored stays ignored.
class SignalTrap {
public:
    explicit SignalTrap(Reactor& reactor) {
        signalled_reactor = &reactor;
        for (std::size_t i = 0; i < std::size(numbers); ++i) {
            struct sigaction action{};
            action.sa_handler = &on_signal;
            action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
            sigaction(numbers[i], nullptr, &previous_[i]);
            if (previous_[i].sa_handler != SIG_IGN) sigaction(numbers[i], &action, nullptr);
        }
    }
    SignalTrap(const SignalTrap&) = delete;
    SignalTrap& operator=(const SignalTrap&) = delete;
    ~SignalTrap() {
        for (std::size_t i = 0; i < std::size(numbers); ++i) sigaction(numbers[i], &previous_[i], nullptr);
        signalled_reactor = nullptr;
    }

private:
    static constexpr int numbers[] = {SIGINT, SIGTERM};
    struct sigaction previous_[std::size(numbers)];
};

// Whether a signal does what it does in any program, so that it may be taken.
bool untouched(int number) {
    struct sigaction action{};
    sigaction(number, nullptr, &action);
    return action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN;
}

[[noreturn]] void die_of(int number) {
    std::fflush(nullptr);
    std::signal(number, SIG_DFL);
    std::raise(number);
    std::_Exit(128 + number); // only where the signal is blocked
}

int exit_status(const Exit& exit) {
    if (!exit.message().empty()) {
        std::fflush(stdout);
        std::fprintf(stderr, "%s\n", exit.message().c_str());
    }
    return exit.status();
}

void print_failure(const Failure& failure) {
    std::fflush(stdout);
    std::string text = "main failed: " + failure.traceback();
    if (!text.ends_with('\n')) text += '\n';
    std::fputs(text.c_str(), stderr);
}

} // namespace

std::vector<std::string> command_arguments(int argc, char** argv) {
    return argc > 1 ? std::vector<std::string>(argv + 1, argv + argc) : std::vector<std::string>();
}

int react_main(Task<int> main) try {
    int signal_number = 0;
    bool stopped = false;
    {
        Reactor reactor;
        SignalTrap trap(reactor);
        std::optional<PrintTasksOnSignal> print_tasks;
        if (untouched(SIGQUIT)) print_tasks.emplace(SIGQUIT);
        RootTask root(reactor, main.promise());
        reactor.on_interrupt([&](int number) {
            signal_number = number;
            root.cancel(number == SIGINT ? "SIGINT came" : "SIGTERM came");
        });
        root.run();
        stopped = root.stop_asked();
    }
    const Failure& failure = main.promise().failure();
    if (!failure) return main.promise().take_value();
    const Exit* exit = failure.as<Exit>();
    bool of_signal = signal_number != 0 && failure.cancelled();
    bool of_stop = stopped && failure.cancelled();
    bool intended = exit != nullptr || of_signal || of_stop;
    if (!intended || !failure.suppressed().empty()) print_failure(failure); // clean-up may have failed meanwhile
    if (of_signal) die_of(signal_number);
    if (exit != nullptr) return exit_status(*exit);
    return of_stop ? 0 : 1;
} catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what()); // no reactor to be had
    return 1;
}

} // namespace corduroy::detail
