#include <corduroy/reactor/reactor.hpp>

#include <corduroy/base/fatal.hpp>
#include <corduroy/base/names.hpp>
#include <corduroy/kernel/uring_kernel.hpp>

#include "reactor/delayed_call_record.hpp"

#include <algorithm>
#include <new>
#include <string>
#include <unistd.h>

namespace corduroy {

constinit thread_local Step current_step{};

#ifdef NDEBUG
constinit const Duration Reactor::default_slow_step{};
#else
constinit const Duration Reactor::default_slow_step = std::chrono::milliseconds(100);
#endif

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

struct Reactor::PostedFunction : Posted {
    PostedFunction(Reactor& owner, UniqueFunction<void()> call, const std::source_location& posted)
        : Posted(&PostedFunction::run), reactor(owner), function(std::move(call)), site(posted) {}

    static void run(Posted& posted) noexcept {
        std::unique_ptr<PostedFunction> self(static_cast<PostedFunction*>(&posted));
        self->reactor.make_call(self->function, {"posted by call_from_thread", self->site});
    }

    Reactor& reactor;
    UniqueFunction<void()> function;
    std::source_location site;
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
    end_running();
    bounds_.for_each([](ReactorBound& bound) { bound.reactor_ended(); });
    while (!idle()) turn(true);
    while (!bounds_.empty()) bounds_.pop_front();
    while (!delayed_calls_.empty()) {
        DelayedCall::Record& record = delayed_calls_.front();
        timers_.cancel(record);
        record.retire();
    }
}

void Reactor::none_runs() noexcept { fatal("no reactor runs on this thread; start one with react or run"); }

void Reactor::wrong_thread() noexcept {
    fatal("a reactor was used from a thread that is not its own; call_from_thread is the way in from another thread");
}

DelayedCall Reactor::call_later(Duration delay, UniqueFunction<void()> function, std::source_location site) {
    check_thread();
    auto* record = new DelayedCall::Record(*this, std::move(function), site);
    record->time = later(now_, std::max(delay, Duration::zero()));
    delayed_calls_.push_back(*record);
    timers_.set(*record, record->time);
    return DelayedCall(record);
}

std::vector<DelayedCall> Reactor::delayed_calls() {
    check_thread();
    struct Entry {
        DelayedCall::Record* record;
        std::size_t place; // in the order of scheduling, which decides between equal times
    };
    std::vector<Entry> entries;
    delayed_calls_.for_each([&](DelayedCall::Record& record) {
        if (record.armed()) entries.push_back({&record, entries.size()}); // it is not the one that is being made
    });
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.record->time != b.record->time ? a.record->time < b.record->time : a.place < b.place;
    });
    std::vector<DelayedCall> calls;
    calls.reserve(entries.size());
    for (const Entry& entry : entries) {
        ++entry.record->holders;
        calls.push_back(DelayedCall(entry.record));
    }
    return calls;
}

void Reactor::call_when_running(UniqueFunction<void()> function) {
    check_thread();
    if (running()) return function();
    when_running_.push_back(std::move(function));
}

void Reactor::call_from_thread(UniqueFunction<void()> function, std::source_location site) {
    post(*new PostedFunction(*this, std::move(function), site));
}

void Reactor::interrupt(int number) noexcept {
    interrupted_.store(number, std::memory_order_relaxed);
    kernel_->wake();
}

void Reactor::run() {
    struct Ending {
        Reactor& reactor;
        ~Ending() {
            Turn current(reactor);
            reactor.end_running();
        }
    };
    Ending ending{*this};
    stopping_ = false;
    run_until(stopping_);
}

void Reactor::set_slow_step(Duration bound) noexcept {
    check_thread();
    slow_step_ = bound;
    if (program_ != nullptr) program_->watch_steps(bound);
}

void Reactor::stop() noexcept {
    check_thread();
    stopping_ = true;
    if (program_ != nullptr) program_->stop();
}

void Reactor::run_until(const bool& done) {
    check_thread();
    Turn current(*this);
    begin_running();
    while (!done) turn(true);
}

bool Reactor::poll_once() {
    check_thread();
    Turn current(*this);
    begin_running();
    turn(false);
    if (!guest_timer_) guest_timer_ = std::make_unique<GuestTimer>(*this);
    guest_timer_->follow(timers_.next_deadline());
    kernel_->enter(TimePoint::min()); // nobody of ours will wait: submit what this turn asked for
    return !ready_.empty() || guest_timer_->missing();
}

void Reactor::stop_services() {
    check_thread();
    Turn current(*this);
    if (guest_timer_) guest_timer_->follow(std::nullopt);
    bounds_.for_each([](ReactorBound& bound) { bound.program_ended(); });
    auto stop_latest = [&] { // the end of one may ask for another
        for (auto entry = services_.rbegin(); entry != services_.rend(); ++entry) {
            if (std::exchange(entry->stopped, true)) continue;
            entry->service->stop();
            return true;
        }
        return false;
    };
    do {
        while (stop_latest()) {
        }
        while (!idle()) turn(true);
    } while (stop_latest());
    guest_timer_.reset();
    while (!services_.empty()) services_.pop_back();
}

void Reactor::report_unhandled(const Failure& failure, std::string_view context) noexcept try {
    if (on_unhandled_) return on_unhandled_(failure, context);
    std::string text = "corduroy: unhandled failure in " + std::string(context) + "\n" + failure.traceback();
    if (!text.ends_with('\n')) text += '\n';
    [[maybe_unused]] auto written = ::write(STDERR_FILENO, text.data(), text.size());
} catch (const std::bad_alloc&) {
    static constexpr std::string_view text = "corduroy: an unhandled failure, and no memory to tell of it\n";
    [[maybe_unused]] auto written = ::write(STDERR_FILENO, text.data(), text.size());
} catch (...) {
    fatal("reporting an unhandled failure failed");
}

void Reactor::begin_running() noexcept {
    if (turning_) fatal("a reactor was run inside one of its own turns; co_await there instead");
    stopped_.store(false);
    for (UniqueFunction<void()>& function : std::exchange(when_running_, {}))
        make_call(function, {"left by call_when_running", {}});
}

void Reactor::make_call(UniqueFunction<void()>& function, const CallView& call) noexcept {
    if (instrumented()) [[unlikely]]
        instruments_.tell(&Instrument::before_call, call);
    try {
        function();
    } catch (...) {
        report_unhandled(Failure::current(), text_or_no_memory([&] { return call.text(); }));
    }
    if (instrumented()) [[unlikely]]
        instruments_.tell(&Instrument::after_call, call);
}

// Those who post and wait for an answer look at `stopped_` after they have posted, so that none is left waiting.
void Reactor::end_running() noexcept {
    stopped_.store(true);
    turning_ = true;
    counters_.calls_posted += inbox_.run_all();
    turning_ = false;
}

// One turn: one entry into the kernel, which submits what the last turn asked for and waits only if nothing is ready;
// then what fell due, was posted, or is ready.
void Reactor::turn(bool wait) {
    std::optional<TimePoint> deadline = TimePoint::min();
    if (wait && ready_.empty()) deadline = timers_.next_deadline();
    if (deadline == TimePoint::max()) deadline.reset(); // the end of all time never comes, in a simulation either
    enter_kernel(deadline);
    now_ = kernel_->now();
    turning_ = true;
    ++counters_.turns;
    counters_.timers_fired += timers_.fire_due(now_);
    counters_.calls_posted += inbox_.run_all();
    take_interrupt();
    run_ready();
    turning_ = false;
}

void Reactor::enter_kernel(std::optional<TimePoint> deadline) {
    if (!instrumented()) [[likely]]
        return kernel_->enter(deadline);
    std::optional<Duration> at_most;
    if (deadline) at_most = *deadline <= now_ ? Duration::zero() : *deadline - now_;
    instruments_.tell(&Instrument::before_io_wait, at_most);
    kernel_->enter(deadline);
    instruments_.tell(&Instrument::after_io_wait, at_most);
}

void Reactor::run_ready() noexcept {
    int count = 0;
    for (; count < items_per_turn && !ready_.empty(); ++count) ready_.run_first();
    counters_.steps += static_cast<std::uint64_t>(count);
}

void Reactor::take_interrupt() noexcept {
    if (interrupted_.load(std::memory_order_relaxed) == 0) return;
    int number = interrupted_.exchange(0, std::memory_order_relaxed);
    if (number != 0 && on_interrupt_) on_interrupt_(number);
}

ReactorStats Reactor::stats() const noexcept {
    ReactorStats stats = counters_;
    stats.kernel_entries = kernel_->entries();
    stats.completions = kernel_->completions();
    stats.tasks_started = tasks_.added();
    stats.tasks = tasks_.size();
    stats.ready = ready_.size();
    stats.timers = timers_.size();
    stats.operations_in_flight = kernel_->in_flight();
    stats.buffers_out = kernel_->buffers_out();
    stats.services = services_.size();
    return stats;
}

bool Reactor::idle() const noexcept {
    return ready_.empty() && kernel_->in_flight() == 0 &&
           std::all_of(services_.begin(), services_.end(),
                       [](const ServiceEntry& entry) { return entry.service->idle(); });
}

} // namespace corduroy
