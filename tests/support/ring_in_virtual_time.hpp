#pragma once

#include "kernel/uring_kernel_impl.hpp"
#include "support/system_at_work.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/base/time.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>

namespace corduroy::testing {

// The real ring, with real sockets and real completions, beneath a clock like the simulated kernel's: where the ring
// has nothing to deliver, time jumps to the deadline. So a test that sleeps for an hour takes no time, and one that
// says how long something takes is exact, on both. Timers live in user space (law 6), so that no operation of the ring
// is left out but the end of its wait, which tests in real time have (net/both_kernels.hpp).
//
// Threads run in step with the loop, as on the simulated kernel.
class RingInVirtualTime final : public kernel::UringKernel {
public:
    RingInVirtualTime() : UringKernel(kernel::UringOptions()) {}

    TimePoint now() noexcept override { return now_; }
    std::chrono::system_clock::time_point wall_clock() noexcept override {
        return std::chrono::system_clock::time_point(std::chrono::seconds(1'767'225'600)) +
               std::chrono::duration_cast<std::chrono::system_clock::duration>(now_ - start);
    }
    void spend(Duration time) noexcept { now_ += time; }
    std::optional<Duration> thread_delay() noexcept override { return Duration::zero(); }

    void enter(std::optional<TimePoint> deadline) override {
        if (turn(TimePoint::min()) || woken_.exchange(false) || (deadline && *deadline <= now_)) return;
        // What is in flight may be about to complete, for a system at work is not as quick as one that is simulated.
        bool waits_for_nothing = in_flight() == 0;
        if (deadline && waits_for_nothing) return jump(*deadline);
        Duration patience = deadline ? moment : std::chrono::seconds(waits_for_nothing ? 1 : 10);
        if (turn(SystemCalls::now() + patience) || woken_.exchange(false)) return;
        if (!waits_for_nothing && turn_behind_the_system()) return;
        if (!deadline) throw Error("deadlock: nothing has happened for a long while, and no timer is set");
        jump(*deadline);
    }
    // The ring counts in its own time, of which a timer of its own takes as much as it has to go.
    void submit(kernel::Operation& operation) noexcept override {
        kernel::Description& description = operation.description;
        if (description.opcode == kernel::Opcode::timer)
            description.deadline = SystemCalls::now() + (description.deadline - now_);
        UringKernel::submit(operation);
    }
    void wake() noexcept override {
        woken_.store(true);
        UringKernel::wake();
    }

private:
    // Ahead of the time that any system has been up, so that the two clocks taken for one another show at once.
    static constexpr TimePoint start{std::chrono::hours{100'000}};
    static constexpr Duration moment = std::chrono::milliseconds(3);

    // Whether something completed, or was done by the way. The ring also returns with what nobody waits for.
    bool turn(TimePoint real_deadline) {
        std::uint64_t before = completions();
        std::size_t under_way = in_flight();
        do UringKernel::enter(real_deadline);
        while (completions() == before && in_flight() == under_way && !woken_ && SystemCalls::now() < real_deadline);
        return completions() != before || in_flight() != under_way;
    }
    // Once the system has done all that it has begun. Whether something completed.
    bool turn_behind_the_system() {
        while (SystemAtWork::other_threads_run())
            if (turn(SystemCalls::now() + moment)) return true;
        system_.let_loopback_catch_up();
        return turn(TimePoint::min()) || woken_.exchange(false);
    }
    void jump(TimePoint deadline) { now_ = std::max(now_, deadline); }

    SystemAtWork system_;
    TimePoint now_ = start;
    std::atomic<bool> woken_ = false;
};

} // namespace corduroy::testing
