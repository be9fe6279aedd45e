#include <corduroy/reactor/log.hpp>

#include <corduroy/base/names.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <string>
#include <unistd.h>
#include <utility>

namespace corduroy {

std::string_view log_level_name(LogLevel level) noexcept {
    static constexpr std::string_view names[] = {"debug", "info", "warning", "none"};
    return names[static_cast<int>(level)];
}

void Reactor::on_log(LogLevel least, LogHook hook) {
    check_thread();
    log_hook_ = std::move(hook);
    least_logged_ = log_hook_ ? least : LogLevel::none;
}

void Reactor::pass_on(LogLevel level, std::string_view topic, std::string_view text) noexcept {
    // What the hook itself makes the library tell would come here without end.
    LogLevel least = std::exchange(least_logged_, LogLevel::none);
    LogHook hook = std::move(log_hook_);
    try {
        hook(LogRecord{level, topic, text});
    } catch (...) {
        report_unhandled(Failure::current(), "the hook of on_log");
    }
    if (log_hook_ || least_logged_ != LogLevel::none) return; // it has set another one
    log_hook_ = std::move(hook);
    least_logged_ = least;
}

void Reactor::warn(std::string_view topic, std::string_view text) noexcept {
    if (log_hook_) return log(LogLevel::warning, topic, [&] { return text; });
    std::string line = text_or_no_memory([&] { return "corduroy: " + std::string(text) + "\n"; });
    [[maybe_unused]] auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace corduroy
