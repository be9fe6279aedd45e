#include "sim/seeds.hpp"

#include <corduroy/base/error.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace corduroy::traffic {

namespace {

constexpr unsigned most_jobs = 256;
constexpr std::uint64_t replayed_share = 16; // one in so many

// What the processes share: each takes the next seed, and adds to the sums what it came to.
struct Board {
    std::atomic<std::uint64_t> next{0}; // counted from the plan's first
    std::atomic<std::uint64_t> played{0}, failed{0}, replayed{0}, hash{0}, virtual_milliseconds{0};
    std::atomic<std::uint64_t> requests{0}, answered{0}, requests_failed{0}, deliveries{0}, repeated{0};
    std::atomic<std::uint64_t> seed_of[most_jobs]; // that each is at
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "processes share them");

struct Unmap {
    void operator()(Board* board) const noexcept { ::munmap(board, sizeof *board); }
};

std::unique_ptr<Board, Unmap> make_board() {
    void* memory = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    return std::unique_ptr<Board, Unmap>(new (memory) Board);
}

std::uint64_t mixed(std::uint64_t seed, std::uint64_t hash) {
    std::uint64_t value = (seed + 0x9e37'79b9'7f4a'7c15) ^ hash;
    value = (value ^ (value >> 31)) * 0xbf58'476d'1ce4'e5b9;
    return value ^ (value >> 29);
}

void tell_failure(std::uint64_t seed, const std::string& what) {
    std::fprintf(stderr, "seed %llu: %s\n    ./dev sim --seed %llu --log plays it again\n",
                 static_cast<unsigned long long>(seed), what.c_str(), static_cast<unsigned long long>(seed));
}

void play_one(Board& board, std::uint64_t seed, const Load& load) {
    Outcome outcome = play(seed, load);
    ++board.played;
    board.hash += mixed(seed, outcome.log_hash);
    board.virtual_milliseconds +=
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(outcome.elapsed).count());
    board.requests += outcome.figures.requests;
    board.answered += outcome.figures.answered;
    board.requests_failed += outcome.figures.failed;
    board.deliveries += outcome.figures.deliveries;
    board.repeated += outcome.figures.repeated;
    if (outcome.failure) {
        ++board.failed;
        return tell_failure(seed, outcome.failure.message());
    }
    if (seed % replayed_share != 0) return;
    ++board.replayed;
    if (play(seed, load).log_hash == outcome.log_hash) return;
    ++board.failed;
    tell_failure(seed, "played twice, it came to two hashes");
}

[[noreturn]] void work(Board& board, const Plan& plan, unsigned job) {
    for (;;) {
        std::uint64_t index = board.next++;
        if (index >= plan.count) break;
        board.seed_of[job] = plan.first + index;
        play_one(board, plan.first + index, plan.load);
    }
    std::fflush(nullptr);
    std::exit(0); // and not _exit: a sanitizer looks for leaks then
}

double processor_seconds_of_children() {
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

pid_t start(Board& board, const Plan& plan, unsigned job) {
    board.seed_of[job] = plan.first;
    pid_t child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) work(board, plan, job);
    return child;
}

} // namespace

Tally play_seeds(const Plan& plan) {
    auto board = make_board();
    std::vector<pid_t> children;
    auto jobs = static_cast<unsigned>(std::min<std::uint64_t>({plan.jobs, plan.count, most_jobs}));
    std::fflush(nullptr);
    for (unsigned job = 0; job < jobs; ++job) children.push_back(start(*board, plan, job));
    for (unsigned running = jobs; running > 0; --running) {
        int status = 0;
        pid_t child = ::wait(&status);
        if (child < 0) throw std::system_error(errno, std::generic_category(), "wait");
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
        auto job = static_cast<unsigned>(std::find(children.begin(), children.end(), child) - children.begin());
        ++board->failed;
        tell_failure(board->seed_of[job], "the process that played it died");
        if (board->next >= plan.count) continue;
        children[job] = start(*board, plan, job);
        ++running;
    }
    Tally tally;
    tally.played = board->played;
    tally.failed = board->failed;
    tally.replayed = board->replayed;
    tally.hash = board->hash;
    tally.virtual_seconds = static_cast<double>(board->virtual_milliseconds) / 1000;
    tally.processor_seconds = processor_seconds_of_children();
    tally.figures = {board->requests, board->answered, board->requests_failed, board->deliveries, board->repeated};
    return tally;
}

} // namespace corduroy::traffic
