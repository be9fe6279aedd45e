#include <corduroy/reactor/reactor.hpp>

#include <corduroy/base/fatal.hpp>
#include <corduroy/kernel/uring_kernel.hpp>

#include "reactor/delayed_call_record.hpp"

#include <string>
#include <unistd.h>

namespace corduroy {

constinit thread_local Step current_step{};

namespace {

constexpr int items_per_turn = 256;

// Makes a reactor the current one for the length of a turn.
class Turn {
public:
    explicit Turn(Reactor& reactor) noexcept : previous_(std::exchange(current_step.reactor, &reactor)) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { current_step.reactor = previous_; }

private:
    Reactor* previous_;
};

} // namespace

struct Reactor::Posted {
    UniqueFunction<void()> function;
    Posted* next = nullptr;
};

// Makes the reactor's descriptor readable at the next deadline, for a loop that is not ours to wait with.
class Reactor::GuestTimer : public kernel::Operation {
public:
    explicit GuestTimer(Reactor& reactor) : Operation(&GuestTimer::ended), reactor_(reactor) {
        description.opcode = kernel::Opcode::timer;
    }

    void follow(std::optional<TimePoint> deadline) {
        wanted_ = deadline;
        if (in_flight()) {
            if (!wanted_ || *wanted_ < description.deadline) reactor_.kernel_->cancel(*this);
        } else if (wanted_) {
            description.deadline = *wanted_;
            reactor_.kernel_->submit(*this);
        }
    }

    // Whether a deadline is wanted that nothing in the kernel stands for: it has passed, or the timer is yet to move.
    bool missing() const noexcept { return wanted_ && !in_flight(); }

private:
    static void ended(Operation&, const kernel::Completion&) noexcept {}

    Reactor& reactor_;
    std::optional<TimePoint> wanted_;
};

Reactor::Reactor() : Reactor(kernel::make_uring_kernel()) {}

Reactor::Reactor(std::unique_ptr<kernel::Kernel> kernel) : kernel_(std::move(kernel)), now_(kernel_->now()) {}

Reactor::~Reactor() {
    stop_services();
    Turn current(*this);
    take_posted();
    while (!idle()) turn(true);
    while (!delayed_calls_.empty()) {
        DelayedCall::Record& record = delayed_calls_.front();
        timers_.cancel(record);
        record.retire();
    }
}

Reactor& Reactor::current() noexcept {
    if (current_step.reactor == nullptr) fatal("no reactor runs on this thread; start one with react or run");
    return *current_step.reactor;
}

void Reactor::wrong_thread() noexcept {
    fatal("a reactor was used from a thread that is not its own; call_from_thread is the way in from another thread");
}

DelayedCall Reactor::call_later(Duration delay, UniqueFunction<void()> function) {
    check_thread();
    auto* record = new DelayedCall::Record(*this, std::move(function));
    record->time = now_ + delay;
    delayed_calls_.push_back(*record);
    timers_.set(*record, record->time);
    return DelayedCall(record);
}

void Reactor::call_from_thread(UniqueFunction<void()> function) {
    auto* posted = new Posted{std::move(function)};
    Posted* below = posted_.load(std::memory_order_relaxed);
    do {
        posted->next = below;
    } while (!posted_.compare_exchange_weak(below, posted, std::memory_order_release, std::memory_order_relaxed));
    // From here on it may have been run and freed. Whoever finds the stack empty wakes the loop, which takes all at
    // once.
    if (below == nullptr) kernel_->wake();
}

void Reactor::interrupt(int number) noexcept {
    interrupted_.store(number, std::memory_order_relaxed);
    kernel_->wake();
}

void Reactor::run() {
    stopping_ = false;
    run_until(stopping_);
}

void Reactor::run_until(const bool& done) {
    check_thread();
    Turn current(*this);
    while (!done) turn(true);
}

bool Reactor::poll_once() {
    check_thread();
    Turn current(*this);
    turn(false);
    if (!guest_timer_) guest_timer_ = std::make_unique<GuestTimer>(*this);
    guest_timer_->follow(timers_.next_deadline());
    kernel_->enter(TimePoint::min()); // nobody of ours will wait: submit what this turn asked for
    return !ready_.empty() || guest_timer_->missing();
}

void Reactor::stop_services() {
    check_thread();
    Turn current(*this);
    for (auto entry = services_.rbegin(); entry != services_.rend(); ++entry) entry->service->stop();
    if (guest_timer_) guest_timer_->follow(std::nullopt);
    while (!idle()) turn(true);
    guest_timer_.reset();
    while (!services_.empty()) services_.pop_back();
}

void Reactor::report_unhandled(const Failure& failure, std::string_view context) noexcept try {
    if (on_unhandled_) return on_unhandled_(failure, context);
    std::string text = "corduroy: unhandled failure in " + std::string(context) + "\n" + failure.traceback();
    if (!text.ends_with('\n')) text += '\n';
    [[maybe_unused]] auto written = ::write(STDERR_FILENO, text.data(), text.size());
} catch (...) {
    fatal("reporting an unhandled failure failed");
}

// One turn: one entry into the kernel, which submits what the last turn asked for and waits only if nothing is ready;
// then what fell due, was posted, or is ready.
void Reactor::turn(bool wait) {
    kernel_->enter(wait && ready_.empty() ? timers_.next_deadline() : TimePoint::min());
    now_ = kernel_->now();
    timers_.fire_due(now_);
    take_posted();
    take_interrupt();
    run_ready();
}

void Reactor::run_ready() noexcept {
    for (int count = 0; count < items_per_turn && !ready_.empty(); ++count) ready_.run_first();
}

void Reactor::take_posted() noexcept {
    if (posted_.load(std::memory_order_relaxed) == nullptr) return;
    Posted* stack = posted_.exchange(nullptr, std::memory_order_acquire);
    Posted* queue = nullptr;
    while (stack != nullptr) {
        Posted* below = std::exchange(stack->next, queue);
        queue = std::exchange(stack, below);
    }
    while (queue != nullptr) {
        std::unique_ptr<Posted> posted(std::exchange(queue, queue->next));
        try {
            posted->function();
        } catch (...) {
            report_unhandled(Failure::current(), "a call posted by call_from_thread");
        }
    }
}

void Reactor::take_interrupt() noexcept {
    if (interrupted_.load(std::memory_order_relaxed) == 0) return;
    int number = interrupted_.exchange(0, std::memory_order_relaxed);
    if (number != 0 && on_interrupt_) on_interrupt_(number);
}

bool Reactor::idle() const noexcept { return ready_.empty() && kernel_->in_flight() == 0; }

} // namespace corduroy
