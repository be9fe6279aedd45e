#pragma once

#include <corduroy/async/suspension.hpp>
#include <corduroy/base/unique_function.hpp>
#include <corduroy/testing/memory_stream.hpp>

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>

namespace corduroy::testing {

// One direction of a connection in memory, shared by who writes and who reads; at most one of each waits. It makes no
// call to the outside but `on_change`, and needs a reactor only to wake who waits.
class MemoryPipe {
public:
    // What a read would find: bytes, the end, a failure (an errno, see `error`), or nothing yet.
    enum class Sight : unsigned char { nothing, bytes, end, failure };

    explicit MemoryPipe(const MemoryFlow& flow) noexcept : flow_(flow) {}

    // Awaits a change of the pipe, on one of its sides.
    class Waiting : public Suspension {
    public:
        explicit Waiting(Waiting*& place) noexcept : Suspension(&cancel), place_(place) {}
        ~Waiting() = default;

        bool await_ready() const noexcept { return false; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
            suspend(handle);
            place_ = this;
        }
        void await_resume() const { raise_if_cancelled(); }

    private:
        static void cancel(Waiter& waiter) noexcept {
            auto& self = static_cast<Waiting&>(waiter);
            self.place_ = nullptr;
            self.cancelled();
        }

        Waiting*& place_;
    };

    // ---- for who writes ----
    // Takes all of it, even beyond the capacity; drops it where nobody will read it.
    void put(std::string_view bytes);
    // No read goes on from what was put before to what is put after.
    void part();
    // How much may be put without going beyond the capacity.
    std::size_t room() const noexcept { return bytes_.size() < flow_.capacity ? flow_.capacity - bytes_.size() : 0; }
    bool overfull() const noexcept { return bytes_.size() > flow_.capacity; }
    // No more comes.
    void end() noexcept;
    // The writing side is gone: what goes beyond the capacity is dropped, and the reader
    // finds the end, or `error`, behind the rest.
    void close_writing(int error) noexcept;
    Waiting changed_for_writer() noexcept { return Waiting(writer_); }

    // ---- for who reads ----
    Sight sight() const noexcept;
    int error() const noexcept;
    std::size_t read(std::span<std::byte> into) noexcept;
    std::size_t readable() const noexcept;
    // Nobody reads any more. Whether that left bytes unread.
    bool close_reading() noexcept;
    bool reading_closed() const noexcept { return reading_closed_; }
    Waiting changed_for_reader() noexcept { return Waiting(reader_); }

    // Wakes who waits, to look again.
    void wake() noexcept;

    // Called at once when something was put or one side has closed.
    UniqueFunction<void()> on_change;

private:
    static void wake(Waiting*& place) noexcept;
    std::size_t until_limit() const noexcept;
    void changed();

    MemoryFlow flow_;
    std::string bytes_;
    std::deque<std::size_t> parts_; // places counted from the beginning
    std::size_t given_ = 0;         // bytes read until now
    std::size_t put_ = 0;
    bool ended_ = false;
    bool reading_closed_ = false;
    int reset_ = 0;
    Waiting* reader_ = nullptr;
    Waiting* writer_ = nullptr;
};

} // namespace corduroy::testing
