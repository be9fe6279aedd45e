#include "output/progress_meter.hpp"

#include "output/progress_lines.hpp"

#include <corduroy/reactor/reactor.hpp>

#include <chrono>

namespace fetch {

using corduroy::Reactor;
using corduroy::Task;
using namespace std::chrono_literals;

namespace {

constexpr auto interval = 100ms;

} // namespace

ProgressMeter::ProgressMeter(Console& console, Progress& progress, bool wanted)
    : console_(console), progress_(progress) {
    if (wanted && console.can_draw()) console.hold_lines(changed_);
}

ProgressMeter::~ProgressMeter() {
    if (timer_.active()) timer_.cancel();
    console_.stop_drawing();
}

void ProgressMeter::finish() noexcept {
    finished_ = true;
    changed_.ring();
}

Task<> ProgressMeter::run() {
    while (shows()) {
        co_await wait_for_next();
        if (finished_ || !shows()) break;
        co_await draw();
    }
    if (!shows()) co_return;
    ProgressSnapshot last = progress_.snapshot(Reactor::current().now(), 0);
    bool several = last.done + last.failed > 1;
    std::string summary = progress_summary(last, Reactor::current().now() - progress_.start());
    if (drawn_ && several) co_await console_.say(std::move(summary));
    co_await console_.end_drawing();
}

Task<> ProgressMeter::wait_for_next() {
    while (!finished_ && progress_.idle() && !console_.has_held_lines()) co_await changed_.wait();
    if (finished_) co_return;
    due_ = false;
    timer_ = Reactor::current().call_later(interval, [this] {
        due_ = true;
        changed_.ring();
    });
    while (!due_ && !finished_) co_await changed_.wait();
}

Task<> ProgressMeter::draw() {
    std::vector<std::string> lines;
    if (!progress_.idle()) {
        WindowSize window = console_.window();
        lines = progress_lines(progress_.snapshot(Reactor::current().now(), most_bars(window)), window);
        drawn_ = true;
    }
    co_await console_.draw(std::move(lines));
}

} // namespace fetch
