#pragma once

#include <corduroy/async/sync/exchange.hpp>
#include <corduroy/async/sync/wait_builder.hpp>

#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

namespace corduroy {

// Items on their way from those who put them to those who get them, first in, first out, with a bound (Twisted's
// DeferredQueue, asyncio's Queue):
//
//     Queue<Job> jobs(100);
//     co_await jobs.put(std::move(job));                              // waits while the queue is full
//     while (auto job = co_await jobs.get()) co_await do_it(*job);    // until it is closed and empty
//
// T can be a move-only type; moving it must not throw. An item goes straight to who has waited longest for one, and so
// does room in a full queue: nobody barges in. A queue of capacity 0 holds nothing: `put` waits for a `get`. It belongs
// to one thread. Items left in it are destroyed with it; destroying it while somebody waits ends the program.
template <class T>
class Queue {
    using Exchange = detail::Exchange<T>;

public:
    class Putting;
    class Getting;

    static constexpr std::size_t default_capacity = 1024;
    static constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

    explicit Queue(std::size_t capacity = default_capacity) noexcept : exchange_("a Queue", capacity) {}

    // Puts an item behind the others, and waits for room where the queue is full. Cancelled while it waits, it leaves
    // the queue, the item is destroyed with it, and `Cancelled` is raised; once the item is in the queue it returns,
    // and `Cancelled` is raised by the next await. Throws ClosedResourceError where the queue is closed, or is
    // meanwhile.
    WaitBuilder<Putting, Queue*, T> put(T item) { return {this, std::move(item)}; }

    // Puts the item if that is possible without waiting, and tells whether it was; if not, the item is left as it is.
    // Throws ClosedResourceError where the queue is closed. (Twisted's put, whose QueueOverflow is this one's false.)
    [[nodiscard]] bool try_put(T&& item) { return exchange_.try_put(item); }
    [[nodiscard]] bool try_put(const T& item)
        requires std::copy_constructible<T>
    {
        T copy(item);
        return exchange_.try_put(copy);
    }

    // Gives the first item, as a std::optional<T>, and waits for one where there is none; it holds nothing once the
    // queue is closed and empty. Cancelled while it waits, it leaves the queue and takes nothing with it; cancelled
    // when an item was handed to it already, it gives that, and `Cancelled` is raised by the next await. So the
    // loser of a `race` may have been handed one too, which the race drops: race only for what may be lost.
    WaitBuilder<Getting, Queue*> get() noexcept { return {this}; }

    // The first item without waiting; nothing where there is none now.
    std::optional<T> try_get() { return exchange_.try_get(); }

    // Lets nothing more in. Those who wait to put fail; those who get are given what is there, and then the end.
    // Closing it again does nothing.
    void close() noexcept {
        if (!closed()) exchange_.end_puts(detail::Cut::queue_closed);
    }
    bool closed() const noexcept { return exchange_.ended(); }

    // How many items are in it, and how many can be.
    std::size_t size() const noexcept { return exchange_.size(); }
    bool empty() const noexcept { return size() == 0; }
    std::size_t capacity() const noexcept { return exchange_.capacity(); }
    // How many coroutines wait in `get`, and how many in `put`.
    std::size_t waiting_getters() const noexcept { return exchange_.waiting_gets(); }
    std::size_t waiting_putters() const noexcept { return exchange_.waiting_puts(); }

private:
    Exchange exchange_;
};

// The awaiter of `put`.
template <class T>
class Queue<T>::Putting final : public detail::Exchange<T>::Putting {
public:
    Putting(Queue* queue, T&& item) noexcept : detail::Exchange<T>::Putting(std::move(item)), queue_(*queue) {}
    bool await_ready() { return this->put_at_once(queue_.exchange_); }

private:
    Queue& queue_;
};

// The awaiter of `get`.
template <class T>
class Queue<T>::Getting final : public detail::Exchange<T>::Getting {
public:
    explicit Getting(Queue* queue) noexcept : queue_(*queue) {}
    bool await_ready() { return this->get_at_once(queue_.exchange_); }
    std::optional<T> await_resume() { return this->take(); }

private:
    Queue& queue_;
};

} // namespace corduroy
