#include "async/inspect/slow_step_watch.hpp"

#include <corduroy/async/task_promise.hpp>
#include <corduroy/base/names.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string>

namespace corduroy::detail {

namespace {

std::string warning(const std::string& who, Duration taken) {
    auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(taken).count();
    return who + " held the loop for " + std::to_string(milliseconds) + " ms";
}

} // namespace

void SlowStepWatch::begin() noexcept { began_ = reactor_.kernel().now(); }

std::optional<Duration> SlowStepWatch::too_long() const noexcept {
    if (!began_) return std::nullopt;
    Duration taken = reactor_.kernel().now() - *began_;
    if (taken < bound_) return std::nullopt;
    return taken;
}

void SlowStepWatch::before_task_step(const TaskView&) {
    from_ = current_step.task->site();
    begin();
}

void SlowStepWatch::after_task_step(const TaskView& task) {
    std::optional<Duration> taken = too_long();
    began_.reset();
    if (!taken) return;
    std::string text = warning(task.text(), *taken);
    text += from_.line() == 0 ? ", from its beginning" : ", from its await at " + site_text(from_);
    if (task.state() == TaskState::ended) {
        text += ", to its end";
    } else {
        text += ", to that at";
        for (const std::string& line : site_lines(task.sites())) text += " " + line + ",";
        text.pop_back();
    }
    reactor_.warn("reactor", text);
}

void SlowStepWatch::after_call(const CallView& call) {
    std::optional<Duration> taken = too_long();
    began_.reset();
    if (taken) reactor_.warn("reactor", warning(call.text(), *taken));
}

std::optional<Duration> slow_step_of_environment(Reactor& reactor) {
    const char* value = std::getenv("CORDUROY_SLOW_STEP");
    if (value == nullptr || *value == 0) return std::nullopt;
    std::string_view text = value;
    std::uint32_t milliseconds = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
    if (error == std::errc() && end == text.data() + text.size()) return std::chrono::milliseconds(milliseconds);
    reactor.warn("reactor", "CORDUROY_SLOW_STEP is \"" + std::string(text) +
                                "\", which is no number of milliseconds up to 4294967295, and is ignored");
    return std::nullopt;
}

} // namespace corduroy::detail
