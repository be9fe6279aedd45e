#pragma once

#include <corduroy/async/suspension.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace corduroy {

// Signals of the process, awaited (trio's open_signal_receiver):
//
//     SignalReceiver signals(SIGHUP, SIGUSR1);
//     for (;;) {
//         int number = co_await signals.next();
//         if (number == SIGHUP) reload();
//     }
//
// From its making until it is destroyed these signals come here and do nothing else; then whatever was done about them
// before is restored, `react`'s answer to SIGINT and SIGTERM too, and a signal that came and was not taken is sent to
// that. As with all signals, one that comes again before it was taken counts once. Several receivers, in several
// reactors too, get each signal that they are all for.
//
// One that is kept longer than the program on its reactor runs ends with that, as if it had been destroyed; `next` then
// throws.
//
// A signal that no thread of the process has unblocked never comes. On a simulated kernel they come from
// `sim::World::raise`.
class SignalReceiver {
public:
    class Next;

    // For signals by their numbers, on the reactor that runs. Throws Error where one is none that a program may catch
    // and go on: SIGKILL, SIGSTOP, and those by which the processor says that a step has failed (SIGSEGV, SIGBUS,
    // SIGFPE, SIGILL).
    template <std::same_as<int>... Numbers>
        requires(sizeof...(Numbers) > 0)
    explicit SignalReceiver(Numbers... numbers) {
        const int all[] = {numbers...};
        open(all);
    }
    explicit SignalReceiver(std::span<const int> numbers) { open(numbers); }

    SignalReceiver(SignalReceiver&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}
    SignalReceiver& operator=(SignalReceiver&& other) noexcept {
        std::swap(record_, other.record_);
        return *this;
    }
    ~SignalReceiver();

    // Resumes when one of the signals has come, at once where it has already, and gives its number; of several the
    // lowest first. Cancelling ends the wait, and a signal that comes then is kept for the next. Throws Error where
    // another coroutine waits, and IoError where the system refused.
    Next next() noexcept;

private:
    struct Record;
    class Waiting;

    void open(std::span<const int> numbers);

    Record* record_ = nullptr;
};

// What `SignalReceiver::next` gives: await it, or hand it to a combinator.
class [[nodiscard("co_await it")]] SignalReceiver::Next {
public:
    explicit Next(Record& record) noexcept : record_(record) {}
    Waiting operator co_await() const noexcept;

private:
    Record& record_;
};

class SignalReceiver::Waiting : public Suspension {
public:
    explicit Waiting(Record& record) noexcept : Suspension(&cancel), record_(record) {}

    bool await_ready() const;

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        suspend(handle);
        begin();
    }

    int await_resume();
    static constexpr const char* wait_words = "a signal";
    std::string waits_for() const;

private:
    void begin() noexcept;
    static void cancel(Waiter& waiter) noexcept { static_cast<Waiting&>(waiter).cancelled(); }

    Record& record_;
};

inline SignalReceiver::Next SignalReceiver::next() noexcept { return Next(*record_); }
inline SignalReceiver::Waiting SignalReceiver::Next::operator co_await() const noexcept { return Waiting(record_); }

} // namespace corduroy
