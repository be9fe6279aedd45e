#pragma once

#include <corduroy/async/exit.hpp>
#include <corduroy/async/task.hpp>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace corduroy {

namespace detail {

// The arguments of main, without the program's name.
std::vector<std::string> command_arguments(int argc, char** argv);

// Runs main on a reactor of its own, answers signals, reports failures; returns the exit status.
int react_main(Task<int> main);

template <class Made>
Task<int> status_of(Made made) {
    if constexpr (std::is_convertible_v<task_value_t<Made>, int>) {
        co_return co_await std::move(made);
    } else {
        co_await std::move(made);
        co_return 0;
    }
}

// Calls main inside the reactor, so that whatever it makes belongs there, and keeps it alive.
template <class Main, class... Arguments>
Task<int> call_main(Main main, Arguments... arguments) {
    auto status = status_of(main(std::move(arguments)...));
    co_return co_await std::move(status);
}

} // namespace detail

// Runs a program: `int main(int argc, char** argv) { return react(run, argc, argv); }`. `main` takes the command's
// arguments as a std::vector<std::string>, or nothing, and gives a Task<>, a Task<int> or a Deferred. The exit status
// is 0, or the int; where main fails it is 1, and the failure goes to stderr with the await sites it came through.
// SIGINT and SIGTERM cancel main; when it has unwound, the program dies of that signal, so that a shell's loop stops
// too. A main that returns all the same decides the status itself. A second signal ends the program at once. SIGQUIT
// prints what the tasks are doing, unless the program handles it: see PrintTasksOnSignal. A main that throws an Exit
// ends with its status; one that is cancelled by `Reactor::stop` with 0. (Twisted's react.)
template <class Main>
int react(Main&& main, int argc, char** argv) {
    if constexpr (std::is_invocable_v<std::decay_t<Main>&, std::vector<std::string>>)
        return detail::react_main(detail::call_main<std::decay_t<Main>, std::vector<std::string>>(
            std::forward<Main>(main), detail::command_arguments(argc, argv)));
    else
        return detail::react_main(detail::call_main<std::decay_t<Main>>(std::forward<Main>(main)));
}

// The same for a function that has the name of one of Corduroy's, above all `run`: these say which of the two is meant
// where `using namespace corduroy` has brought in the other.
inline int react(Task<> (*main)(std::vector<std::string>), int argc, char** argv) {
    return react<decltype(main)>(std::move(main), argc, argv);
}
inline int react(Task<int> (*main)(std::vector<std::string>), int argc, char** argv) {
    return react<decltype(main)>(std::move(main), argc, argv);
}
inline int react(Task<> (*main)(), int argc, char** argv) { return react<decltype(main)>(std::move(main), argc, argv); }
inline int react(Task<int> (*main)(), int argc, char** argv) {
    return react<decltype(main)>(std::move(main), argc, argv);
}

} // namespace corduroy
