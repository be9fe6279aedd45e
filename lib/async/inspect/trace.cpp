#include "async/inspect/trace.hpp"

#include <corduroy/async/inspect/task_view.hpp>
#include <corduroy/base/names.hpp>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace corduroy::detail {

namespace {

class Trace final : public Instrument {
public:
    Trace(Reactor& reactor, int descriptor) noexcept : reactor_(reactor), descriptor_(descriptor) {}
    ~Trace() override {
        if (descriptor_ != STDERR_FILENO) ::close(descriptor_);
    }

    void task_spawned(const TaskView& task) override {
        std::string text = task.text() + " is spawned";
        if (std::optional<TaskView> by = TaskView::current()) text += " by " + by->text() + last_site(*by);
        write(text);
    }
    void task_scheduled(const TaskView& task) override { write(task.text() + " is ready to run"); }
    void before_task_step(const TaskView& task) override {
        begin();
        write(task.text() + " runs" + last_site(task));
    }
    void task_blocked(const TaskView& task) override {
        write(task.text() + " waits: " + task.waits_for() + last_site(task) + taken());
    }
    void after_task_step(const TaskView& task) override {
        if (task.state() == TaskState::ready) write(task.text() + " gives way" + last_site(task) + taken());
    }
    void task_exited(const TaskView& task) override {
        const Failure& failure = task.failure();
        std::string how = !failure ? "ends" : failure.cancelled() ? "ends cancelled: " : "fails: ";
        if (failure) how += failure.message();
        write(task.text() + " " + how + taken());
    }
    void before_call(const CallView& call) override {
        begin();
        write(call.text() + " is made");
    }
    void after_call(const CallView& call) override { write(call.text() + " returns" + taken()); }
    void before_io_wait(std::optional<Duration> at_most) override {
        waits_ = !at_most || *at_most > Duration::zero();
        if (waits_) write(at_most ? "the loop waits, " + span(*at_most) + " at most" : "the loop waits");
    }
    void after_io_wait(std::optional<Duration>) override {
        if (waits_) write("the loop goes on");
    }

private:
    static std::string span(Duration time) {
        char text[32];
        std::snprintf(text, sizeof text, "%.3f ms", std::chrono::duration<double, std::milli>(time).count());
        return text;
    }
    // The innermost that is not machinery.
    static std::string last_site(const TaskView& task) {
        std::vector<std::string> lines = site_lines(task.sites());
        return lines.empty() ? std::string() : " at " + lines.back();
    }
    void begin() noexcept { step_began_ = reactor_.kernel().now(); }
    std::string taken() { return ", after " + span(reactor_.kernel().now() - step_began_); }

    void write(const std::string& text) {
        double since = std::chrono::duration<double>(reactor_.kernel().now() - began_).count();
        char time[48];
        std::snprintf(time, sizeof time, "corduroy %d %.6f: ", static_cast<int>(thread_), since);
        std::string line = time + text + "\n";
        [[maybe_unused]] auto written = ::write(descriptor_, line.data(), line.size());
    }

    Reactor& reactor_;
    int descriptor_;
    pid_t thread_ = ::gettid();
    TimePoint began_ = reactor_.kernel().now();
    TimePoint step_began_{};
    bool waits_ = false;
};

} // namespace

std::unique_ptr<Instrument> trace_of_environment(Reactor& reactor) {
    const char* where = std::getenv("CORDUROY_TRACE");
    if (where == nullptr || *where == 0 || std::strcmp(where, "0") == 0) return nullptr;
    int descriptor = STDERR_FILENO;
    if (std::strcmp(where, "1") != 0) {
        descriptor = ::open(where, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (descriptor < 0) {
            reactor.warn("trace", "opening " + std::string(where) +
                                      ", which CORDUROY_TRACE names, failed: " + std::strerror(errno));
            return nullptr;
        }
    }
    return std::make_unique<Trace>(reactor, descriptor);
}

} // namespace corduroy::detail
