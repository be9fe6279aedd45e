// The sweeps themselves: what is broken on purpose they must find.

#include <corduroy/corduroy.hpp>
#include <corduroy/net.hpp>
#include <corduroy/testing/sweep.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;
using sweep::Trial;

namespace {

// A pool that forgets a slot whose holder is cancelled.
class LeakyPool {
public:
    Task<> use() {
        auto slot = co_await slots_.acquire();
        held_.emplace(std::move(slot));
        co_await sleep(1ms);
        held_.reset(); // BUG: not where the sleep throws
    }
    Semaphore& slots() { return slots_; }

private:
    Semaphore slots_{1};
    std::optional<Semaphore::Token> held_;
};

// A lock that hands itself to a waiter who has been cancelled, and so to nobody.
class LossyLock {
public:
    Task<> acquire() {
        if (std::exchange(free_, false)) co_return;
        auto mine = std::make_shared<Event>();
        waiters_.push_back(mine);
        co_await mine->wait(); // BUG: who is cancelled here stays in the line
    }
    void release() {
        if (waiters_.empty()) {
            free_ = true;
        } else {
            waiters_.front()->set();
            waiters_.pop_front();
        }
    }

private:
    bool free_ = true;
    std::deque<std::shared_ptr<Event>> waiters_;
};

// A read whose record outlives the coroutine that waits for it, as it must, and whose buffer does not.
class HastyRead final : kernel::Operation {
public:
    static Task<> read(int fd) {
        std::vector<std::byte> buffer(4096); // BUG: it is the coroutine's
        Event over;
        auto* record = new HastyRead(over);
        struct GiveUp {
            HastyRead& record;
            Event& over;
            ~GiveUp() {
                if (over.is_set()) return;
                record.over_ = nullptr;
                Reactor::current().cancel(record);
            }
        } give_up{*record, over};
        record->description.opcode = kernel::Opcode::receive;
        record->description.fd = fd;
        record->description.data = buffer.data();
        record->description.length = buffer.size();
        Reactor::current().submit(*record);
        co_await over.wait();
    }

private:
    explicit HastyRead(Event& over) : Operation(&ended), over_(&over) {}

    static void ended(Operation& operation, const kernel::Completion&) noexcept {
        auto* self = static_cast<HastyRead*>(&operation);
        if (self->over_ != nullptr) self->over_->set();
        delete self;
    }

    Event* over_;
};

} // namespace

TEST_CASE("a buffer that is freed before the kernel is done with it is convicted, by what works on it") {
    auto scenario = [](Trial& trial) -> Task<> {
        struct Socket {
            kernel::Kernel& kernel;
            int ends[2];
            explicit Socket(kernel::Kernel& given) : kernel(given) { kernel.socket_pair(1, 1, ends); }
            ~Socket() {
                for (int fd : ends)
                    if (fd >= 0) kernel.close_now(fd);
            }
        } socket(trial.reactor().kernel());
        auto writer = net::Stream(net::adopt_socket(std::exchange(socket.ends[1], -1)));
        auto work = [&]() -> Task<> {
            auto speak = [&]() -> Task<> {
                co_await sleep(1ms);
                co_await writer.write_all(std::string_view("hello"));
            };
            co_await gather(HastyRead::read(socket.ends[0]), speak());
        };
        co_await trial.disturb(work);
        co_await sleep(1ms); // for the kernel to be done with the descriptor
    };
    sweep::Report report = sweep::cancel(scenario);
    REQUIRE(!report.convictions.empty());
    for (const sweep::Conviction& conviction : report.convictions)
        CHECK(conviction.faults.front().find("freed memory that the kernel still works on: receive") !=
              std::string::npos);
}

TEST_CASE("a pool that loses a slot on cancel is convicted, with the place and the way to repeat it") {
    auto scenario = [](Trial& trial) -> Task<> {
        LeakyPool pool;
        auto work = [&]() -> Task<> { co_await pool.use(); };
        co_await trial.disturb(work);
        auto slot = co_await pool.slots().acquire();
    };
    sweep::Report report = sweep::cancel(scenario);
    REQUIRE(report.convictions.size() == 1);
    const sweep::Conviction& conviction = report.convictions.front();
    CHECK(conviction.place.find("convictions_test.cpp") != std::string::npos);
    CHECK(report.text().find("never will") != std::string::npos);
    sweep::Settings settings;
    settings.only = conviction.point;
    sweep::Report again = sweep::cancel(scenario, settings);
    CHECK(again.points == 1);
    CHECK(again.convictions.size() == 1);
}

TEST_CASE("a lost wake-up is convicted") {
    auto scenario = [](Trial& trial) -> Task<> {
        LossyLock lock;
        auto hold = [&]() -> Task<> {
            co_await lock.acquire();
            struct Release {
                LossyLock& lock;
                ~Release() { lock.release(); }
            } release{lock};
            co_await sleep(1ms);
        };
        auto work = [&]() -> Task<> { co_await gather(hold(), hold()); };
        co_await trial.disturb(work);
        co_await lock.acquire();
    };
    sweep::Report report = sweep::cancel(scenario);
    CHECK(!report.passed());
    CHECK(report.text().find("never will") != std::string::npos);
}

TEST_CASE("a descriptor left open is convicted") {
    auto scenario = [](Trial& trial) -> Task<> {
        auto work = [&]() -> Task<> {
            int fd = trial.reactor().kernel().socket(2, 1, 0);
            co_await sleep(1ms);
            trial.reactor().kernel().close_now(fd);
        };
        co_await trial.disturb(work);
    };
    sweep::Report report = sweep::cancel(scenario);
    REQUIRE(report.convictions.size() == 1);
    CHECK(report.text().find("descriptors") != std::string::npos);
}

TEST_CASE("a cancellation that is turned into an error is convicted") {
    auto scenario = [](Trial& trial) -> Task<> {
        auto work = []() -> Task<> {
            try {
                co_await sleep(1ms);
            } catch (const Cancelled&) {
                throw Error("swallowed");
            }
        };
        co_await trial.disturb(work);
    };
    CHECK(sweep::cancel(scenario).convictions.size() == 1);
}

TEST_CASE("a short write that is not continued is convicted") {
    auto scenario = [](Trial& trial) -> Task<> {
        auto work = [&]() -> Task<> {
            int ends[2];
            kernel::Kernel& kernel = trial.reactor().kernel();
            kernel.socket_pair(1, 1, ends);
            auto reader = net::Stream(net::adopt_socket(ends[1]));
            std::string text = "hello";
            kernel::Description what;
            what.opcode = kernel::Opcode::send;
            what.fd = ends[0];
            what.data = text.data();
            what.length = text.size();
            struct Close {
                kernel::Kernel& kernel;
                int fd;
                ~Close() { kernel.close_now(fd); }
            };
            {
                Close close{kernel, ends[0]};
                co_await perform(what); // BUG: what it gives is not looked at
            }
            std::string received = co_await reader.read_all(100);
            trial.expect(received == "hello", "all arrives");
        };
        co_await trial.disturb(work);
    };
    sweep::Report report = sweep::fault(scenario);
    CHECK(!report.passed());
    CHECK(report.text().find("shortened to 1 byte") != std::string::npos);
}

TEST_CASE("a slot lost where an await throws is convicted") {
    auto scenario = [](Trial& trial) -> Task<> {
        LeakyPool pool;
        auto work = [&]() -> Task<> { co_await pool.use(); };
        co_await trial.disturb(work);
        auto slot = co_await pool.slots().acquire();
    };
    sweep::Report report = sweep::raise(scenario);
    REQUIRE(report.convictions.size() == 1);
    CHECK(report.convictions.front().point == "raise 1");
}

TEST_CASE("an await throws what the test wants, once at each wait, and is joined before") {
    struct Mine {};
    int caught = 0;
    auto scenario = [&](Trial& trial) -> Task<> {
        auto work = [&]() -> Task<> {
            for (int i = 0; i < 3; ++i) {
                try {
                    co_await sleep(1ms);
                } catch (const Mine&) {
                    ++caught;
                }
            }
            co_await sleep(1ms);
        };
        co_await trial.disturb(work);
    };
    sweep::Settings settings;
    settings.raised = std::make_exception_ptr(Mine());
    sweep::Report report = sweep::raise(scenario, settings);
    CHECK_MESSAGE(report.passed(), report.text());
    CHECK(report.points == 4);
    CHECK(caught == 3);
}

TEST_CASE("what fails for want of memory, and tells of something else, is convicted") {
    auto scenario = [](Trial& trial) -> Task<> {
        auto work = []() -> Task<> {
            try {
                std::string text(100, 'x');
                co_await sleep(1ms);
                if (text.find('y') != std::string::npos) throw Error("the text is another");
            } catch (const std::bad_alloc&) {
                throw Error("the moon is full");
            }
        };
        co_await trial.disturb(work);
    };
    sweep::Report report = sweep::allocation(scenario);
    REQUIRE(report.convictions.size() == 1);
    CHECK(report.text().find("for another reason: the moon is full") != std::string::npos);
}

TEST_CASE("a page that is left half made where there is no memory for the rest is convicted") {
    auto scenario = [](Trial& trial) -> Task<> {
        std::map<int, std::string> pages;
        auto work = [&]() -> Task<> {
            co_await sleep(1ms);
            std::string& page = pages[1]; // BUG: the entry is there before the text
            page.assign(100, 'x');
        };
        co_await trial.disturb(work);
        trial.expect(pages.empty() || pages[1].size() == 100, "a page is whole");
    };
    sweep::Report report = sweep::allocation(scenario);
    CHECK(!report.passed());
    CHECK(report.text().find("a page is whole") != std::string::npos);
}

TEST_CASE("a scenario that fails undisturbed, or disturbs nothing, is convicted at once") {
    auto fails = [](Trial& trial) -> Task<> {
        auto work = []() -> Task<> {
            co_await sleep(1ms);
            throw Error("as it is");
        };
        co_await trial.disturb(work);
    };
    CHECK(sweep::cancel(fails).text().find("as it is") != std::string::npos);
    auto idle = [](Trial&) -> Task<> { co_await sleep(1ms); };
    CHECK(sweep::cancel(idle).text().find("disturbs nothing") != std::string::npos);
}
