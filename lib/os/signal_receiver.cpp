#include <corduroy/os/signal_receiver.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/base/fatal.hpp>
#include <corduroy/base/frame_pool.hpp>

#include <bit>
#include <csignal>
#include <cstring>
#include <string>

namespace corduroy {

namespace {

constexpr int highest_signal = 64;

std::string signal_name(int number) {
    const char* name = ::sigabbrev_np(number);
    std::string text = "signal " + std::to_string(number);
    return name == nullptr ? text : text + " (SIG" + name + ")";
}

std::uint64_t bit(int number) noexcept { return std::uint64_t{1} << (number - 1); }

void check_number(int number) {
    if (number < 1 || number > highest_signal)
        throw Error("a SignalReceiver for signal " + std::to_string(number) + ": signals are numbered from 1 to " +
                    std::to_string(highest_signal));
    if (number == SIGKILL || number == SIGSTOP)
        throw Error("a SignalReceiver for " + signal_name(number) + ": no program can catch it");
    if (number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL)
        throw Error("a SignalReceiver for " + signal_name(number) +
                    ": it says that a step of the program has failed, after which the program cannot go on");
}

} // namespace

// The standing operation. Belongs to the receiver, and when that is gone to itself, until the kernel is done with it.
struct SignalReceiver::Record final : kernel::Operation, ReactorBound, FromFramePool {
    Record(Reactor& owner, std::span<const int> numbers) : Operation(&completed), ReactorBound(owner), reactor(owner) {
        for (int number : numbers) {
            check_number(number);
            description.offset =
                (description.offset == kernel::current_position ? 0 : description.offset) | bit(number);
        }
        description.opcode = kernel::Opcode::signal;
        description.multishot = true;
        description.data = &come;
    }

    static void completed(Operation& operation, const kernel::Completion& completion) noexcept {
        auto& self = static_cast<Record&>(operation);
        if (!completion.more) {
            if (self.closed) return delete &self;
            self.error = -completion.result;
        }
        if (self.ready() && self.waiting != nullptr && self.waiting->waiting()) self.waiting->resume();
    }

    bool ready() const noexcept { return come != 0 || error != 0; }

    // It would be in flight for ever, and the reactor wait for that.
    void program_ended() noexcept override {
        if (in_flight() && !closed) reactor.cancel(*this);
    }
    void reactor_ended() noexcept override { program_ended(); }

    Reactor& reactor;
    std::uint64_t come = 0; // the kernel adds, `next` takes
    int error = 0;
    bool closed = false;
    Waiting* waiting = nullptr;
};

void SignalReceiver::open(std::span<const int> numbers) {
    if (numbers.empty()) throw Error("a SignalReceiver for no signal would never receive one");
    Reactor& reactor = Reactor::current();
    record_ = new Record(reactor, numbers);
    reactor.submit(*record_);
}

SignalReceiver::~SignalReceiver() {
    if (record_ == nullptr) return;
    if (record_->waiting != nullptr) fatal("a SignalReceiver was destroyed while a coroutine waited for it");
    record_->closed = true;
    if (record_->in_flight())
        record_->reactor.cancel(*record_);
    else
        delete record_;
}

bool SignalReceiver::Waiting::await_ready() const {
    if (record_.waiting != nullptr)
        throw Error("two coroutines cannot wait for the same SignalReceiver: make one for each");
    return record_.ready();
}

std::string SignalReceiver::Waiting::waits_for() const { return kernel::operation_text(record_.description); }

void SignalReceiver::Waiting::begin() noexcept { record_.waiting = this; }

int SignalReceiver::Waiting::await_resume() {
    if (record_.waiting == this) record_.waiting = nullptr;
    raise_if_cancelled();
    if (record_.come == 0) throw IoError("sigaction for a SignalReceiver", record_.error);
    int number = std::countr_zero(record_.come) + 1;
    record_.come &= record_.come - 1;
    return number;
}

} // namespace corduroy
