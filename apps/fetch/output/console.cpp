#include "output/console.hpp"

#include "output/descriptor.hpp"
#include "output/terminal_text.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/timeout.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace fetch {

using corduroy::Task;

namespace {

// More than this is not held: who has more to say waits for the next drawing.
constexpr std::size_t most_held = 64 * 1024;

// A terminal that takes nothing for so long is stopped (Ctrl-S), and must not keep the program from its end.
constexpr std::chrono::duration<int, std::milli> patience(1000);

// Set when the process was stopped and goes on: meanwhile the shell has written to the terminal.
volatile std::sig_atomic_t was_stopped = 0;

bool same_file(int left, int right) noexcept {
    struct stat l{};
    struct stat r{};
    return left == right ||
           (fstat(left, &l) == 0 && fstat(right, &r) == 0 && l.st_dev == r.st_dev && l.st_ino == r.st_ino);
}

// Writes without the loop, as much as a terminal takes that is not stopped.
void write_now(int fd, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
        if (::poll(&ready, 1, patience.count()) != 1) return;
        ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count <= 0 && errno != EINTR && errno != EAGAIN) return;
        bytes.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
}

} // namespace

Console::Console(int lines)
    : lines_lane_(same_file(1, lines) ? &output_lane_ : &own_lines_lane_), lines_(lines),
      lines_are_terminal_(::isatty(lines) == 1), output_is_terminal_(::isatty(1) == 1) {}

Task<> Console::write(std::string_view bytes) {
    if (holds_lines() && output_is_terminal_) {
        if (bytes.ends_with('\n')) co_return co_await hold(bytes);
        co_await end_drawing();
    }
    co_await write_alone(output_lane_, 1, bytes, "standard output");
}

Task<> Console::say(std::string line) {
    line += '\n';
    return say_as_it_is(lines_are_terminal_ ? printable(line) : std::move(line));
}

Task<> Console::say_as_it_is(std::string text) {
    if (holds_lines() && text.ends_with('\n')) co_return co_await hold(text);
    co_await end_drawing();
    auto written = co_await attempt(write_alone(*lines_lane_, lines_, text, "standard error"));
    static_cast<void>(written);
}

bool Console::can_draw() const noexcept {
    const char* kind = std::getenv("TERM");
    return lines_are_terminal_ && kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
}

WindowSize Console::window() const noexcept {
    WindowSize window;
    winsize size{};
    if (::ioctl(lines_, TIOCGWINSZ, &size) != 0) return window;
    if (size.ws_col != 0) window.columns = size.ws_col;
    if (size.ws_row != 0) window.rows = size.ws_row;
    return window;
}

void Console::hold_lines(Bell& said) noexcept {
    said_ = &said;
    std::signal(SIGCONT, [](int) { was_stopped = 1; });
}

Task<> Console::hold(std::string_view text) {
    held_ += text;
    said_->ring();
    while (holds_lines() && held_.size() > most_held) co_await room_.wait();
}

std::string Console::redrawn(const std::vector<std::string>& lines) {
    if (was_stopped != 0) {
        was_stopped = 0;
        area_.forget();
    }
    // In the background of a shell lines may be said, but what is drawn would be in the way of who types there.
    bool seen = ::tcgetpgrp(lines_) == ::getpgrp();
    if (!seen) area_.forget();
    return area_.redrawn(std::exchange(held_, {}), seen ? lines : std::vector<std::string>());
}

Task<> Console::draw(std::vector<std::string> lines) {
    // Once begun it is written to its end, so that it is known where the cursor is.
    Task<> drawing = draw_alone(lines);
    Task<> bounded = corduroy::timeout(patience, std::move(drawing));
    auto drawn = co_await attempt(corduroy::shield(std::move(bounded)));
    if (!drawn) area_.forget();
}

Task<> Console::draw_alone(const std::vector<std::string>& lines) {
    corduroy::Lock::Guard hold = co_await lines_lane_->acquire();
    if (!holds_lines()) co_return; // it was ended meanwhile
    std::string text = redrawn(lines);
    room_.ring();
    co_await write_all(lines_, text, "standard error");
}

Task<> Console::end_drawing() {
    if (!holds_lines()) co_return;
    co_await draw({});
    stop_drawing();
}

void Console::stop_drawing() noexcept {
    if (!holds_lines()) return;
    write_now(lines_, redrawn({}));
    said_ = nullptr;
    std::signal(SIGCONT, SIG_DFL);
    room_.ring();
}

Task<> Console::write_alone(corduroy::Lock& lane, int fd, std::string_view bytes, std::string_view name) {
    corduroy::Lock::Guard hold = co_await lane.acquire();
    co_await write_all(fd, bytes, name);
}

} // namespace fetch
