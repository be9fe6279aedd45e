#pragma once

#include <corduroy/async/sync/ring_buffer.hpp>
#include <corduroy/async/sync/wait_queue.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace corduroy::detail {

// Why an exchange gives or takes nothing more.
enum class Cut : unsigned char {
    none,
    queue_closed,    // the queue was closed
    sender_closed,   // this end of the channel was,
    receiver_closed, // or this one,
    nobody_receives, // or all receivers,
    nobody_sends,    // or all senders, and nothing is left
};

[[noreturn]] void raise(Cut cut);

// Where items change hands, first in, first out: what Queue and Channel are made of. An item goes straight to who has
// waited longest for one; into the buffer where nobody waits; and waits with its sender where the buffer is full.
// So nobody waits for an item while there are any, nor to put one while there is room, and no newcomer can barge in.
template <class T>
class Exchange {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>, "what changes hands is an object that can be moved");
    static_assert(std::is_nothrow_move_constructible_v<T>, "what changes hands is moved where nothing may throw");

public:
    // Waits to put an item, which is moved on when there is room for it.
    class Putting : public QueuedWait {
    public:
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
            this->wait_in(exchange_->puts_, handle);
        }
        void await_resume() const {
            this->raise_if_cancelled();
            if (cut_ != Cut::none) [[unlikely]]
                raise(cut_);
        }
        static constexpr const char* wait_words = "room for an item";
        std::string waits_for() const { return "room in " + std::string(exchange_->puts_.primitive()); }

    protected:
        explicit Putting(T&& item) noexcept : item_(std::move(item)) {}

        bool put_at_once(Exchange& exchange, std::uint64_t end = 0) {
            exchange_ = &exchange;
            end_ = end;
            return exchange.try_put(item_);
        }

    private:
        friend class Exchange;

        T item_;
        Exchange* exchange_ = nullptr; // not to be used any more once the wait is over
        std::uint64_t end_ = 0;        // by which end of a channel
        Cut cut_ = Cut::none;
    };

    // Waits for an item.
    class Getting : public QueuedWait {
    public:
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
            this->wait_in(exchange_->gets_, handle);
        }
        static constexpr const char* wait_words = "an item";
        std::string waits_for() const { return "an item of " + std::string(exchange_->gets_.primitive()); }

    protected:
        bool get_at_once(Exchange& exchange, std::uint64_t end = 0) {
            exchange_ = &exchange;
            end_ = end;
            if (!exchange.try_get(item_) && exchange.ended_) cut_ = Cut::nobody_sends;
            return item_ || cut_ != Cut::none;
        }
        // The item; none at the end of all items.
        std::optional<T> take() {
            this->raise_if_cancelled();
            if (cut_ == Cut::receiver_closed) [[unlikely]]
                raise(cut_);
            return std::move(item_);
        }

    private:
        friend class Exchange;

        std::optional<T> item_;
        Exchange* exchange_ = nullptr; // not to be used any more once the wait is over
        std::uint64_t end_ = 0;
        Cut cut_ = Cut::none;
    };

    Exchange(const char* primitive, std::size_t capacity) noexcept
        : gets_(primitive), puts_(primitive), capacity_(capacity) {}

    // Moves the item on, if there is somebody or somewhere to take it; else it is left as it is. Throws where there
    // will never be anybody.
    bool try_put(T& item) {
        gets_.check_thread();
        if (no_more_puts_ != Cut::none) [[unlikely]]
            raise(no_more_puts_);
        if (!gets_.empty()) {
            Getting& get = gets_.take_first();
            get.item_.emplace(std::move(item));
            get.resume();
            return true;
        }
        if (buffer_.size() >= capacity_) return false;
        buffer_.push_back(std::move(item));
        return true;
    }

    // Puts the first item there is into `item`, which holds nothing yet; tells whether there is one now.
    bool try_get(std::optional<T>& item) noexcept {
        gets_.check_thread();
        if (!buffer_.empty()) {
            item.emplace(buffer_.pop_front());
            if (!puts_.empty()) {
                Putting& put = puts_.take_first();
                buffer_.push_back(std::move(put.item_)); // into the room that there is now
                put.resume();
            }
        } else if (!puts_.empty()) {
            Putting& put = puts_.take_first();
            item.emplace(std::move(put.item_));
            put.resume();
        }
        return item.has_value();
    }
    std::optional<T> try_get() noexcept {
        std::optional<T> item;
        try_get(item);
        return item;
    }

    // Nothing more can be put: those who wait to fail by `why`. What is there is still to be had; then comes the end.
    void end_puts(Cut why) noexcept {
        gets_.check_thread();
        no_more_puts_ = why;
        cut_if(puts_, why, [](const Putting&) { return true; });
        end_gets();
    }
    // Nobody will put anything any more, and nobody is left who waits to.
    void end_gets() noexcept {
        gets_.check_thread();
        ended_ = true;
        cut_if(gets_, Cut::nobody_sends, [](const Getting&) { return true; });
    }
    // Nobody will get anything any more: what is there is destroyed.
    void drop_all() noexcept {
        gets_.check_thread();
        no_more_puts_ = Cut::nobody_receives;
        cut_if(puts_, Cut::nobody_receives, [](const Putting&) { return true; });
        buffer_.clear();
    }
    // Those fail who wait by that end of a channel.
    void cut_sender(std::uint64_t end) noexcept {
        cut_if(puts_, Cut::sender_closed, [=](const Putting& put) { return put.end_ == end; });
    }
    void cut_receiver(std::uint64_t end) noexcept {
        cut_if(gets_, Cut::receiver_closed, [=](const Getting& get) { return get.end_ == end; });
    }

    void check_thread() noexcept { gets_.check_thread(); }
    // Whether nobody puts anything any more; and whether there will never be an item again.
    bool ended() const noexcept { return ended_; }
    bool over() const noexcept { return ended_ && buffer_.empty(); }
    std::size_t size() const noexcept { return buffer_.size(); }
    std::size_t capacity() const noexcept { return capacity_; }
    std::size_t waiting_gets() const noexcept { return gets_.size(); }
    std::size_t waiting_puts() const noexcept { return puts_.size(); }

private:
    template <class Wait, class Chosen>
    static void cut_if(WaitQueue<Wait>& waits, Cut why, Chosen chosen) noexcept {
        waits.take_if(chosen, [=](Wait& wait) {
            wait.cut_ = why;
            wait.resume();
        });
    }

    WaitQueue<Getting> gets_;
    WaitQueue<Putting> puts_;
    RingBuffer<T> buffer_;
    std::size_t capacity_;
    Cut no_more_puts_ = Cut::none;
    bool ended_ = false;
};

} // namespace corduroy::detail
