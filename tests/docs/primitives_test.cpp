// The code of docs/primitives.md, under test.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/channel.hpp>
#include <corduroy/async/sync/condition.hpp>
#include <corduroy/async/sync/lock.hpp>
#include <corduroy/async/sync/queue.hpp>
#include <corduroy/async/sync/semaphore.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

struct Job {
    int number;
};

std::vector<int> done;
std::string file;

Task<> do_it(Job job) {
    co_await sleep(1s);
    done.push_back(job.number);
}

Task<> write(std::string text) {
    for (char c : text) {
        co_await yield_now();
        file += c;
    }
}

Task<> append(Lock& lock, std::string line) {
    auto guard = co_await lock.acquire();
    co_await write(line);
    co_await write("\n");
} // released here, whatever happened

Task<> serve(Semaphore::Token token, Job job) {
    co_await do_it(job);
    token.release();
}

Task<> accept(Semaphore& places, std::vector<Job> jobs) {
    auto serve_all = [&](TaskGroup& group) -> Task<> {
        for (Job job : jobs) {
            auto token = co_await places.acquire();
            group.spawn(serve(std::move(token), job)); // given back when this one is done
        }
    };
    co_await with_task_group(serve_all);
}

Task<> work(Queue<Job>& jobs) {
    while (auto job = co_await jobs.get()) co_await do_it(*job);
}

Task<> run_jobs(int count) {
    Queue<Job> jobs(100);
    auto produce = [&]() -> Task<> {
        for (Job job{0}; job.number < count; ++job.number) co_await jobs.put(job); // waits while 100 are there
        jobs.close();
    };
    co_await gather(produce(), work(jobs), work(jobs), work(jobs));
}

Task<> count(Channel<int>::Sender numbers, int last) {
    for (int i = 1; i <= last; ++i) co_await numbers.send(i);
    numbers.close();
}

Task<int> sum() {
    int sum = 0;
    auto add = [&](Channel<int>::Receiver numbers) -> Task<> {
        while (auto number = co_await numbers.next()) sum += *number;
    };
    auto [sender, receiver] = Channel<int>(10);
    co_await gather(count(sender.clone(), 3), count(std::move(sender), 4), add(std::move(receiver)));
    co_return sum;
}

Task<> lock_file(int fd) {
    while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) throw IoError("flock", errno);
        co_await sleep(1s);
    }
}

// A file of no name.
class File {
public:
    File() : stream_(std::tmpfile()) { REQUIRE(stream_ != nullptr); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { std::fclose(stream_); }

    int fd() const { return ::fileno(stream_); }
    // The same file, opened anew, as by another process.
    int open_again() const { return ::open(("/proc/self/fd/" + std::to_string(fd())).c_str(), O_RDWR | O_CLOEXEC); }

private:
    std::FILE* stream_;
};

} // namespace

TEST_SUITE("docs") {
    TEST_CASE("primitives.md: a lock keeps the lines whole") {
        file.clear();
        auto body = []() -> Task<> {
            Lock lock;
            co_await gather(append(lock, "one"), append(lock, "two"));
        };
        sim::run(body);
        CHECK(file == "one\ntwo\n");
    }

    TEST_CASE("primitives.md: a token goes along with the work it stands for") {
        done.clear();
        auto body = [](sim::World& world) -> Task<> {
            Semaphore places(2);
            std::vector<Job> jobs{{1}, {2}, {3}, {4}};
            co_await accept(places, jobs);
            CHECK(world.elapsed() == 2s);
        };
        sim::run(body);
        CHECK(done == std::vector<int>{1, 2, 3, 4});
    }

    TEST_CASE("primitives.md: workers share a queue until it is closed and empty") {
        done.clear();
        sim::run([] { return run_jobs(300); });
        CHECK(done.size() == 300);
    }

    TEST_CASE("primitives.md: what two senders send is received until both are closed") { CHECK(sim::run(sum) == 16); }

    TEST_CASE("a lock on a file is waited for by asking again, and a cancelled waiter does not have it") {
        auto body = [](sim::World& world) -> Task<> {
            File file;
            int other = file.open_again();
            co_await lock_file(file.fd());
            auto late = co_await attempt(timeout(10s, lock_file(other)));
            CHECK(late.failure().check<TimeoutError>());
            Reactor::current().call_later(4500ms, [&] { ::flock(file.fd(), LOCK_UN); });
            co_await lock_file(other);
            CHECK(world.elapsed() == 15s);
            CHECK(::flock(file.fd(), LOCK_EX | LOCK_NB) == -1);
            ::close(other);
        };
        sim::run(body);
    }
}
