#pragma once

#include <corduroy/async/perform.hpp>
#include <corduroy/async/suspension.hpp>
#include <corduroy/kernel/operation.hpp>
#include <corduroy/reactor/reactor.hpp>
#include <corduroy/reactor/reactor_bound.hpp>
#include <corduroy/reactor/ready.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace corduroy::net {

// What a socket's stream leaves behind while the kernel is at work for it (law 2): the descriptor, and the one standing
// operation, which sends what was queued. Its owner lets it go; it closes the descriptor when nothing is in flight on
// it any more, and frees itself when nothing refers to it. It is closed when its reactor ends; a stream that is kept
// longer than that only fails. When the program ends before, what is queued is sent as far as the system takes it at
// once: the end does not wait for a peer that may never read.
class SocketRecord final : private kernel::Operation, private Ready, private ReactorBound, public FromFramePool {
public:
    struct LetGo {
        void operator()(SocketRecord* record) const noexcept { record->let_go(); }
    };
    using Owner = std::unique_ptr<SocketRecord, LetGo>;

    // Takes the descriptor over, and closes it where there is no memory for a record.
    static Owner make(int fd);

    Reactor& reactor() const noexcept { return reactor_; }
    // Negative once it is closed.
    int fd() const noexcept { return fd_; }
    bool closed() const noexcept { return closed_; }

    // An operation of a coroutine's on this socket, for as long as it is awaited: `close` ends it.
    class Awaited {
    public:
        Awaited(SocketRecord& record, kernel::Operation*& place, kernel::Operation& operation) noexcept
            : record_(record), place_(place) {
            place_ = &operation;
        }
        Awaited(const Awaited&) = delete;
        Awaited& operator=(const Awaited&) = delete;
        ~Awaited() {
            place_ = nullptr;
            if (record_.has_more_to_do()) record_.go_on();
        }

    private:
        SocketRecord& record_;
        kernel::Operation*& place_;
    };
    Awaited reading(kernel::Operation& operation) noexcept { return {*this, reading_, operation}; }
    Awaited writing(kernel::Operation& operation) noexcept { return {*this, writing_, operation}; }
    Awaited watching(kernel::Operation& operation) noexcept { return {*this, watching_, operation}; }

    // A coroutine's write, of however many operations: what is queued meanwhile comes behind all of it. It begins when
    // nothing is being sent.
    class Write {
    public:
        explicit Write(SocketRecord& record) noexcept : record_(record) { record.writes_ = true; }
        Write(const Write&) = delete;
        Write& operator=(const Write&) = delete;
        ~Write() {
            record_.writes_ = false;
            if (record_.has_more_to_do()) record_.go_on();
        }

    private:
        SocketRecord& record_;
    };

    // Queues bytes, to be sent when the turn's other work is done, so that more may join them.
    void queue(std::string bytes);
    void queue_copy(std::string_view bytes);
    // Whether something queued has not been sent yet.
    bool sending() const noexcept { return !sending_.empty(); }
    std::size_t unsent() const noexcept { return sending_.size() - sent_ + queue_.size(); }
    // Sends what is queued now, if nothing else is being sent.
    void send_queued() noexcept;
    // Drops what is queued, and whatever is queued from now on.
    void refuse_more() noexcept;
    // The errno with which a queued send failed, after which nothing is sent any more; or 0.
    int error() const noexcept { return error_; }

    // Small sends are not to wait for what was sent before them to be acknowledged (TCP_NODELAY). The system is told so
    // when it comes to that: a connection that sends a single small request is spared the call.
    void send_without_delay() noexcept { delay_ = Delay::unwanted; }
    // Before anything is sent: so many bytes.
    void before_send(std::size_t size) noexcept {
        if (delay_ != Delay::settled) set_no_delay(size);
    }

    // Has TCP probe a peer that is silent.
    void probe_peer() noexcept;

    // Awaits the end of all that is queued; one coroutine at a time.
    class Flushing : public Suspension {
    public:
        explicit Flushing(SocketRecord& record) noexcept : Suspension(&cancel), record_(record) {}

        bool await_ready() const noexcept { return !record_.sending(); }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
            suspend(handle);
            record_.flushing_ = this;
            record_.send_queued();
            record_.hasten();
        }
        void await_resume() const { raise_if_cancelled(); }
        static constexpr const char* wait_words = "end of what is being sent";
        std::string waits_for() const {
            return std::string(wait_words) + " on descriptor " + std::to_string(record_.fd());
        }

    private:
        static void cancel(Waiter& waiter) noexcept {
            auto& self = static_cast<Flushing&>(waiter);
            self.record_.flushing_ = nullptr;
            self.cancelled();
        }

        SocketRecord& record_;
    };

    // Ends all that is in flight, and then closes the descriptor.
    void close() noexcept;

private:
    explicit SocketRecord(int fd)
        : Operation(&sent), Ready(&turn_over), ReactorBound(Reactor::current()), reactor_(Reactor::current()), fd_(fd) {
    }
    ~SocketRecord() = default;

    void program_ended() noexcept override;
    void reactor_ended() noexcept override { close(); }

    static void sent(Operation& operation, const kernel::Completion& completion) noexcept;
    static void turn_over(Ready& ready) noexcept;
    void go_on() noexcept;
    bool has_more_to_do() const noexcept { return closed_ || sending() || flushing_ != nullptr; }
    void let_go() noexcept;
    std::string& place_to_queue() noexcept { return in_flight() ? queue_ : sending_; }
    void drop_queued() noexcept;
    void send_ended() noexcept;
    bool takes_more() const noexcept { return !refuses_ && !closed_ && error_ == 0; }
    void schedule();
    void submit_send() noexcept;
    // Somebody needs to know how a quiet send ends.
    void hasten() noexcept {
        if (in_flight() && description.quiet) reactor_.kernel().hasten();
    }
    // Whether the send in flight is to end as it stands. The mark is where each submission wipes it out.
    bool given_up() const noexcept { return description.deadline != TimePoint{}; }
    void give_up() noexcept { description.deadline = TimePoint::max(); }
    void set_no_delay(std::size_t size) noexcept;
    void drained() noexcept;

    // Whether the system is to be told not to delay small sends: not any more; before the second send, or a first one
    // of any size; before the next one.
    enum class Delay : std::uint8_t { settled, unwanted, harmful };

    Reactor& reactor_; // not to be used any more once the descriptor is closed
    int fd_;
    int error_ = 0;
    Delay delay_ = Delay::settled;
    bool owned_ = true;
    bool closed_ = false;
    bool refuses_ = false;
    bool scheduled_ = false;
    bool writes_ = false;  // a Write lasts
    std::string sending_;  // to be sent next, or being sent, from `sent_` on
    std::size_t sent_ = 0; // of a send in flight
    std::string queue_;    // what has come while that is
    kernel::Operation* reading_ = nullptr;
    kernel::Operation* writing_ = nullptr;
    kernel::Operation* watching_ = nullptr;
    Flushing* flushing_ = nullptr;
};

} // namespace corduroy::net
