// What an awaited operation costs: NOPs, 128 in flight, beside a bare liburing loop that keeps as many in flight on a
// ring of the same set-up. The two take turns; each line is the median of the rounds.

#include "bench/measure.hpp"

#include <corduroy/async/perform.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/task_group.hpp>

#include <liburing.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

using namespace corduroy;

namespace {

constexpr int in_flight = 128;
constexpr int rounds = 11;
constexpr int each = 20'000;
constexpr double total = double{in_flight} * each;

Task<> lane() {
    kernel::Description nop;
    for (int i = 0; i < each; ++i) static_cast<void>(co_await perform(nop));
}

Task<> all_lanes() {
    auto spawn_all = [](TaskGroup& group) -> Task<> {
        for (int i = 0; i < in_flight; ++i) group.spawn(lane());
        co_return;
    };
    co_await with_task_group(spawn_all);
}

void corduroy_nops() { run(all_lanes()); }

void submit(io_uring& ring) {
    io_uring_sqe* entry = io_uring_get_sqe(&ring);
    io_uring_prep_nop(entry);
    io_uring_sqe_set_data64(entry, 1);
}

void bare_nops() {
    io_uring ring{};
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                   IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
    params.cq_entries = 4096;
    if (io_uring_queue_init_params(256, &ring, &params) < 0) std::abort();
    io_uring_register_ring_fd(&ring);
    long left = static_cast<long>(total) - in_flight;
    long done = 0;
    for (int i = 0; i < in_flight; ++i) submit(ring);
    while (done < static_cast<long>(total)) {
        io_uring_submit_and_wait(&ring, 1);
        unsigned head = 0;
        unsigned count = 0;
        io_uring_cqe* cqe = nullptr;
        io_uring_for_each_cqe(&ring, head, cqe) { ++count; }
        io_uring_cq_advance(&ring, count);
        done += count;
        for (unsigned i = 0; i < count && left > 0; ++i, --left) submit(ring);
    }
    io_uring_queue_exit(&ring);
}

} // namespace

int main() {
    std::vector<double> ours;
    std::vector<double> bare;
    std::vector<double> above;
    for (int round = 0; round < rounds; ++round) {
        bare.push_back(bench::wall_time(bare_nops) / total);
        ours.push_back(bench::wall_time(corduroy_nops) / total);
        above.push_back(ours.back() - bare.back());
    }
    std::printf("bare liburing, 128 NOPs in flight     %6.1f ns each\n", bench::median(bare));
    std::printf("awaited operations, 128 in flight     %6.1f ns each\n", bench::median(ours));
    std::printf("awaited above bare                    %6.1f ns (bound: 30)\n", bench::median(above));
}
