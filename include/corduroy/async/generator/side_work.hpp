#pragma once

#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/suspension.hpp>
#include <corduroy/async/sync/ring_buffer.hpp>
#include <corduroy/async/sync/wait_queue.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/failure.hpp>

#include <coroutine>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace corduroy::detail {

// Work that goes on at the side of a generator: Tasks of a group make items, ahead of the generator that hands them out
// and, if it is early, waits for them. Both know this object and keep it. When the generator wants no more, because it
// is closed, dropped or has ended, the Tasks are cancelled; the group joins them, and a generator that is closed waits
// for it too. The first failure cancels the rest of the work; it comes to the generator behind the items that are
// there, or, where that is gone, to the group.
class SideWork {
public:
    SideWork(const SideWork&) = delete;
    SideWork& operator=(const SideWork&) = delete;
    virtual ~SideWork();

    // Starts the work in the group, as one background Task.
    static void start(std::shared_ptr<SideWork> work, TaskGroup& group);

    // For the generator. Waits for an item: true when there is one, false when there will be none any more.
    class Arrival : public Suspension {
    public:
        explicit Arrival(SideWork& work) noexcept : Suspension(&cancel), work_(work) {}
        bool await_ready() const noexcept { return work_.has_item() || work_.ended_; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
            work_.consumer_ = this;
            suspend(handle);
        }
        bool await_resume() const {
            raise_if_cancelled();
            return work_.has_item();
        }
        static constexpr const char* wait_words = "item from work at the side";

    private:
        static void cancel(Waiter& waiter) noexcept {
            auto& self = static_cast<Arrival&>(waiter);
            self.work_.consumer_ = nullptr;
            self.cancelled();
        }

        SideWork& work_;
    };
    Arrival arrival() noexcept { return Arrival(*this); }

    // Wants no more: cancels the work.
    void leave() noexcept;

    // Waits, whatever is cancelled, until the work has ended.
    class End : public Suspension {
    public:
        static constexpr bool shielded = true;
        explicit End(SideWork& work) noexcept : Suspension([](Waiter&) noexcept {}), work_(work) {}
        bool await_ready() const noexcept { return work_.ended_; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
            work_.consumer_ = this;
            suspend_shielded(handle);
        }
        void await_resume() const noexcept {}
        static constexpr const char* wait_words = "end of work at the side";

    private:
        SideWork& work_;
    };
    End end() noexcept { return End(*this); }

    // Throws what the work that has ended failed with, if it did; where the group was cancelled around it, and the
    // generator is not, a CancelledError.
    void raise_failure();

protected:
    // `room` is for how many items it may work at a time, those among them that nobody has taken yet.
    explicit SideWork(std::size_t room) noexcept : room_(room) {}

    // The work itself. It ends when all it spawned in `workers` has ended too.
    virtual Task<> work(TaskGroup& workers) = 0;
    // Closes what it has its items from.
    virtual Task<> close_sources() = 0;
    virtual bool has_item() const noexcept = 0;

    // For the work. Waits for room to work at one more item, first come, first served.
    class Room : public QueuedWait {
    public:
        explicit Room(SideWork& work) noexcept : work_(work) {}
        bool await_ready() const noexcept { return work_.take_room(); }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
            wait_in(work_.waiting_, handle);
        }
        void await_resume() const { raise_if_cancelled(); }
        static constexpr const char* wait_words = "room for an item";

    private:
        SideWork& work_;
    };
    Room room() noexcept { return Room(*this); }

    void item_came() noexcept;  // the first one, or one behind others
    void item_taken() noexcept; // leaves room for another

private:
    static Task<> run(std::shared_ptr<SideWork> work);
    Task<> run_workers();
    bool take_room() noexcept {
        if (room_ == 0) return false;
        --room_;
        return true;
    }

    std::size_t room_;
    WaitQueue<Room> waiting_{"work at the side of a generator"};
    Suspension* consumer_ = nullptr; // the generator, while it waits
    TaskGroup* workers_ = nullptr;   // while they run
    Failure failure_;
    bool left_ = false;
    bool cancelled_ = false; // with the group, not by `leave`
    bool ended_ = false;
};

// Side work whose items are of type T: AsyncGenerator<T>::Item each, in a place of its own.
template <class T>
class ItemWork : public SideWork {
public:
    // The first item; it must have come.
    T take() {
        Item item = items_.pop_front();
        ++taken_;
        item_taken();
        if constexpr (std::is_reference_v<T>)
            return *item;
        else
            return std::move(*item);
    }

protected:
    using Item = typename AsyncGenerator<T>::Item;
    using SideWork::SideWork;

    bool has_item() const noexcept final { return !items_.empty() && items_[0]; }

    // The place of the next item behind all others, which is to come.
    std::size_t reserve_place() {
        items_.push_back(Item());
        return taken_ + items_.size() - 1;
    }
    void put(std::size_t place, Item item) {
        items_[place - taken_] = std::move(item);
        item_came();
    }

private:
    RingBuffer<Item> items_;
    std::size_t taken_ = 0;
};

// As long as it lives somebody wants the items.
class Consumption {
public:
    explicit Consumption(SideWork& work) noexcept : work_(work) {}
    Consumption(const Consumption&) = delete;
    Consumption& operator=(const Consumption&) = delete;
    ~Consumption() { work_.leave(); }

private:
    SideWork& work_;
};

// The generator that hands out what work at its side makes. The work is started when it is first asked. A cancelled
// wait goes to the consumer as such, and the generator lives on.
template <class T>
AsyncGenerator<T> hand_out(std::shared_ptr<ItemWork<T>> work, TaskGroup& group) {
    SideWork::start(work, group);
    Consumption consumption(*work);
    bool closed = false;
    try {
        while (true) {
            bool arrived = false;
            Failure interrupted;
            try {
                arrived = co_await work->arrival();
            } catch (const Cancelled&) {
                interrupted = Failure::current();
            }
            if (interrupted)
                co_yield Interruption(std::move(interrupted));
            else if (arrived)
                co_yield work->take();
            else
                break;
        }
    } catch (const Cancelled&) {
        closed = true;
    }
    if (closed) {
        work->leave();
        co_await work->end();
    }
    work->raise_failure();
}

} // namespace corduroy::detail
