#pragma once

#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace corduroy::testing {

// A program run beside the test; it is killed when this goes, or when the test does.
class ChildProcess {
public:
    // Runs `arguments`, the first of which is searched in PATH, in `folder`; what it says on stderr is dropped.
    explicit ChildProcess(std::vector<std::string> arguments, const std::string& folder = ".") {
        int in[2];
        int out[2];
        if (pipe(in) != 0 || pipe(out) != 0) throw std::runtime_error("pipe failed");
        std::vector<char*> pointers;
        for (std::string& argument : arguments) pointers.push_back(argument.data());
        pointers.push_back(nullptr);
        pid_ = fork();
        if (pid_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (chdir(folder.c_str()) != 0) _exit(126);
            dup2(in[0], 0);
            dup2(out[1], 1);
            dup2(open("/dev/null", O_WRONLY), 2);
            close_range(3, ~0U, 0);
            execvp(pointers[0], pointers.data());
            _exit(127);
        }
        close(in[0]);
        close(out[1]);
        input_ = in[1];
        output_ = fdopen(out[0], "r");
        if (pid_ < 0) throw std::runtime_error("fork failed");
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess() {
        if (pid_ > 0) {
            kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
        close(input_);
        if (output_ != nullptr) fclose(output_);
    }

    // The first line of its output that begins with `beginning`, without its end; waits for it. Throws where there is
    // none.
    std::string line(const std::string& beginning) {
        std::string text;
        for (int c = 0; (c = std::fgetc(output_)) != EOF;) {
            if (c != '\n') {
                text += static_cast<char>(c);
                continue;
            }
            if (text.starts_with(beginning)) return text;
            text.clear();
        }
        throw std::runtime_error("the child process ended without printing \"" + beginning + "\"");
    }

    void type(const std::string& text) {
        if (write(input_, text.data(), text.size()) < 0) throw std::runtime_error("write to a child process failed");
    }

private:
    pid_t pid_ = -1;
    int input_ = -1;
    std::FILE* output_ = nullptr;
};

} // namespace corduroy::testing
