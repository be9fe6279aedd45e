// A primitive of one's own, made of a WaitQueue.

#include "async/sync/cancellable.hpp"

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/wait_builder.hpp>
#include <corduroy/async/sync/wait_queue.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <coroutine>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// A place to park, from which one is sent on with a number (trio's ParkingLot).
class ParkingLot {
public:
    class Parked;

    WaitBuilder<Parked, ParkingLot*> park() noexcept { return {this}; }
    void unpark(int number) noexcept;
    std::size_t parked() const noexcept { return waits_.size(); }

private:
    WaitQueue<Parked> waits_{"a ParkingLot"};
};

class ParkingLot::Parked : public QueuedWait {
public:
    explicit Parked(ParkingLot* lot) noexcept : lot_(*lot) {}

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        wait_in(lot_.waits_, handle);
    }
    int await_resume() const {
        raise_if_cancelled();
        return number_;
    }

private:
    friend class ParkingLot;
    ParkingLot& lot_;
    int number_ = 0;
};

void ParkingLot::unpark(int number) noexcept {
    Parked& parked = waits_.take_first();
    parked.number_ = number;
    parked.resume();
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a primitive of one's own has a queue in order, which the cancelled leave") {
        std::string log;
        Cancellable b;
        auto body = [&]() -> Task<> {
            ParkingLot lot;
            auto park = [&](char name) -> Task<> {
                int number = co_await lot.park();
                log += name + std::to_string(number);
            };
            auto unpark = [&]() -> Task<> {
                co_await sleep(1s);
                CHECK(lot.parked() == 3);
                b.cancel();
                CHECK(lot.parked() == 2);
                lot.unpark(1);
                lot.unpark(2);
                CHECK(lot.parked() == 0);
            };
            co_await gather(park('a'), b.run(park('b')), park('c'), unpark());
        };
        run_test(body);
        CHECK(log == "a1c2");
        CHECK(b.raised());
    }
}
