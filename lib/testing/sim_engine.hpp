#pragma once

#include <corduroy/testing/sim_kernel.hpp>

#include "testing/sim_buffers.hpp"
#include "testing/sim_descriptors.hpp"
#include "testing/sim_files.hpp"
#include "testing/sim_log.hpp"
#include "testing/sim_network.hpp"
#include "testing/sim_random.hpp"
#include "testing/sim_timeline.hpp"

#include <atomic>
#include <unordered_map>
#include <vector>

namespace corduroy::sim {

// The turn of a SimKernel. What was submitted is taken up in order at the next `enter`, and tried at once; what would
// have to wait is parked on its object and tried again when that has changed. All completions pass through `deliver`.
class SimKernel::Engine {
public:
    Engine(SimKernel& kernel, const SimOptions& options);
    ~Engine();

    void submit(kernel::Operation& operation);
    void cancel(kernel::Operation& operation);
    bool raise(int number);
    Duration thread_delay();
    void enter(std::optional<TimePoint> deadline);
    void hasten() noexcept { hastened_ = true; }
    void wake() noexcept { woken_.store(true); }

    // Whether an operation is submitted, or under way, on what this descriptor refers to.
    bool busy(int fd) const noexcept;

    template <class... Numbers>
    void note(std::string_view what, Numbers... numbers) {
        log.note(now, what, {static_cast<std::int64_t>(numbers)...});
    }

    TimePoint now = start;
    EventLog log;
    Random random;
    BufferPool buffers;
    ReadyQueue ready;
    Random choices; // apart from `random`, so that what the program draws does not change the order of completions
    Timeline timeline;
    Network network;
    FileStore files;
    Descriptors descriptors;

private:
    struct Submission {
        kernel::Operation* operation;
        bool cancel;
    };

    void run_until_something_completes(std::optional<TimePoint> deadline);
    void take_up_submissions();
    bool take_up_late_cancels();
    bool chance(double share, std::string_view what);
    std::size_t shortened(std::size_t length);
    void take_up(kernel::Operation& operation);
    void take_up_quiet(Pending& pending);
    void tell_quiet();
    Pending& add_pending(kernel::Operation& operation);
    void cancel_now(kernel::Operation& operation);
    void park(Pending& pending);
    void forget(Pending& pending);
    Pending& pick();
    bool settle(Pending& pending);
    bool multishot_over(const Pending& pending);
    void conclude(Pending& pending, std::int32_t result);
    void finish(Pending& pending, std::int32_t result);
    void hand_over(Pending& pending);
    std::uint32_t contents(const kernel::Description& description, const kernel::Completion& completion) noexcept;
    unsigned deliver();
    [[noreturn]] void report_deadlock() const;

    // One attempt, nothing where it would have to wait (sim_attempt.cpp).
    std::optional<std::int32_t> attempt(Pending& pending);
    std::int32_t perform(Pending& pending);
    std::optional<std::int32_t> transfer(Pending& pending);
    std::int32_t receive(Pending& pending);

    SimKernel& kernel_;
    SimOptions options_;
    std::deque<Submission> submissions_;
    std::vector<std::pair<kernel::Operation*, std::uint64_t>> late_cancels_; // with the serial number that is meant
    std::vector<Pending*> signals_; // that wait for signals, in the order of submission
    using PendingMap = std::unordered_map<kernel::Operation*, Pending>;
    PendingMap pending_;                       // never walked in its own order, which is the machine's
    std::vector<PendingMap::node_type> spare_; // to be used again
    std::vector<Pending*> quiet_;              // that have succeeded, which is yet to be told
    bool hastened_ = false;
    std::uint64_t serial_ = 0;
    std::atomic<bool> woken_ = false;
};

} // namespace corduroy::sim
