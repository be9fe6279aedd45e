#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/async/threads/run_in_thread.hpp>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace corduroy::testing {

// Whether a program of this name is to be found.
inline bool is_installed(const std::string& program) {
    return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

// Runs a program in a thread, so that the loop can serve it meanwhile, and gives what it prints on standard output.
inline Task<std::string> output_of(std::vector<std::string> arguments) {
    std::string command;
    for (const std::string& argument : arguments) {
        command += command.empty() ? "'" : " '";
        for (char c : argument) command += c == '\'' ? std::string("'\\''") : std::string(1, c);
        command += '\'';
    }
    command += " 2>/dev/null";
    auto read = [command]() -> std::string {
        std::FILE* pipe = ::popen(command.c_str(), "r");
        if (pipe == nullptr) throw std::runtime_error("popen failed");
        std::string output;
        char room[4096];
        while (std::size_t count = std::fread(room, 1, sizeof room, pipe)) output.append(room, count);
        ::pclose(pipe);
        return output;
    };
    co_return co_await run_in_thread(read);
}

} // namespace corduroy::testing
