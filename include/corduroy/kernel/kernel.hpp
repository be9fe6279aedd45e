#pragma once

#include <corduroy/base/time.hpp>
#include <corduroy/kernel/operation.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <sys/socket.h>

namespace corduroy::kernel {

class NameSource;

// All that lies outside a reactor: operations, time, randomness, sockets (law 7). The real one is UringKernel
// (`make_uring_kernel`); `sim::SimKernel` is the simulated one. A kernel belongs to one thread; `wake` alone may be
// called from any.
class Kernel {
public:
    Kernel() = default;
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;
    virtual ~Kernel() = default;

    // Takes an operation up. It reaches the system no later than the next `enter`; a full queue holds it back until
    // there is room. Never fails: what is wrong with it comes as its completion.
    //
    // A `standing` receive says that its socket will be received from again and again: one receive may then stand in
    // the system for all of them. It takes in some of what comes while nobody waits, which goes to those who ask next,
    // whatever kind of receive that is; so only one at a time may be under way, those into provided buffers have no
    // length of their own, and what polls the socket is told of its end alone. `close_now` or `close_soon` ends it.
    virtual void submit(Operation& operation) noexcept = 0;

    // Whether a receive stands for that socket, and nothing that it had taken in by the last `enter` is left: neither
    // bytes nor their end. Costs no system call; false where none stands, for then the socket alone knows.
    virtual bool quiet(int fd) const noexcept = 0;

    // Asks that an operation in flight end soon. It still completes, exactly once more, either as it would have or with
    // -ECANCELED (or -EINTR); until then it is in flight. Asking twice, or for one that has just ended, does nothing.
    virtual void cancel(Operation& operation) noexcept = 0;

    // Submits what is queued and, in the same system call, waits until something completes, `deadline` passes, or
    // `wake` is called; a deadline that has passed means not to wait, none means to wait for ever. Calls the handlers
    // of what has completed. Returns early at will.
    virtual void enter(std::optional<TimePoint> deadline) = 0;

    // Has the next `enter` wait for nothing: somebody needs to know of a quiet operation now. Such a one is over when
    // `enter` has taken it up. That it failed, or sent less than all (-EAGAIN where that is nothing), is told at once;
    // but that all has been sent does not end the wait of an `enter` that has others to wait for, and is told with what
    // comes next. Cancelling one hastens too.
    virtual void hasten() noexcept = 0;

    // Makes a thread that waits in `enter`, now or next, return. The one call that is safe from every thread and from a
    // signal handler.
    virtual void wake() noexcept = 0;

    // A descriptor that polls readable when `enter` would find something to do, for driving a reactor from another
    // loop. -1 where the kernel has none.
    virtual int descriptor() noexcept = 0;

    // The operations submitted whose last completion is yet to come, and the sockets that `close_soon` is yet to close.
    std::size_t in_flight() const noexcept { return in_flight_; }
    // The provided buffers that completions have named and that were not given back yet, and those with what standing
    // receives have taken in.
    virtual std::size_t buffers_out() const noexcept = 0;
    // How often the system was entered to submit or to wait, and how many completions were delivered, so far.
    std::uint64_t entries() const noexcept { return entries_; }
    std::uint64_t completions() const noexcept { return completions_; }

    // The monotonic clock, and the calendar's.
    virtual TimePoint now() noexcept = 0;
    virtual std::chrono::system_clock::time_point wall_clock() noexcept = 0;

    // How threads beside the reactor's are to run: none, side by side with it, as threads do; otherwise in step with
    // it, one at a time while the reactor's waits, and each piece of work so long after it was given to a thread. Asked
    // for each piece of work.
    virtual std::optional<Duration> thread_delay() noexcept { return std::nullopt; }

    // Who answers for host names: null where the machine does, by its hosts file and name servers.
    virtual NameSource* names() noexcept { return nullptr; }

    // Fills `bytes` from the random source: getrandom(2), or a seed.
    virtual void random(std::span<std::byte> bytes) = 0;

    // The bytes of a provided buffer that a completion named; and its return, after which another receive may have it.
    virtual std::span<std::byte> buffer(std::uint16_t id) noexcept = 0;
    virtual void give_back(std::uint16_t id) noexcept = 0;

    // The socket calls that are no ring operations. Each gives what the system call of its name gives, or -errno.
    // Descriptors are close-on-exec and blocking: waiting is the ring's business.
    virtual int socket(int family, int type, int protocol) noexcept = 0;
    virtual int socket_pair(int family, int type, int (&descriptors)[2]) noexcept = 0;
    virtual int bind(int fd, const sockaddr* address, socklen_t length) noexcept = 0;
    virtual int listen(int fd, int backlog) noexcept = 0;
    virtual int set_option(int fd, int level, int name, const void* value, socklen_t length) noexcept = 0;
    virtual int get_option(int fd, int level, int name, void* value, socklen_t& length) noexcept = 0;
    virtual int local_address(int fd, sockaddr* address, socklen_t& length) noexcept = 0;
    virtual int peer_address(int fd, sockaddr* address, socklen_t& length) noexcept = 0;
    // Closes at once; nothing may be in flight on `fd`.
    virtual void close_now(int fd) noexcept = 0;
    // The same for a socket that nobody will miss, with the next `enter`, which spares a system call.
    virtual void close_soon(int fd) noexcept { close_now(fd); }

    // The file calls that change or ask for no more than a name's entry: the ring would give each to a thread. The size
    // is a regular file's; what is none gives -EINVAL. Likewise -errno where it fails.
    virtual std::int64_t file_size(const char* path) noexcept = 0;
    virtual int rename(const char* from, const char* to) noexcept = 0;
    // Which socket it is that a path names, by the numbers of its device and of itself; -ENOTSOCK where it is something
    // else, a link to one too. On a simulated kernel, where paths of sockets are no files, all have the same.
    virtual int socket_file(const char* path, std::uint64_t& device, std::uint64_t& number) noexcept = 0;
    // Also the path of a Unix socket, which on a simulated kernel has gone with the socket.
    virtual int unlink(const char* path) noexcept = 0;

protected:
    // For implementations: the bookkeeping of law 2, kept in one place.

    // Marks the operation as in flight; a second submission of one in flight ends the program.
    void begin(Operation& operation) noexcept;
    void entered() noexcept { ++entries_; }
    // What the kernel has yet to do of itself counts as in flight too, so that it is entered once more.
    void owe() noexcept { ++in_flight_; }
    void have_done(std::size_t count) noexcept { in_flight_ -= count; }
    // Delivers a completion; the operation is idle again before its handler runs, unless there is more to come.
    void complete(Operation& operation, const Completion& completion) noexcept {
        ++completions_;
        if (!completion.more) {
            operation.state_ = Operation::State::idle;
            --in_flight_;
        }
        operation.handler_(operation, completion);
    }
    // Whether this is the first time that cancelling is asked of an operation that is in flight.
    static bool ask_cancel(Operation& operation) noexcept {
        return operation.in_flight() && !std::exchange(operation.cancel_asked_, true);
    }
    // Operations that wait, in user space, for room in the queue; or that a simulated kernel holds.
    using OperationList = IntrusiveList<Operation>;
    static void hold(OperationList& list, Operation& operation) noexcept {
        operation.state_ = Operation::State::held;
        list.push_back(operation);
    }
    static bool held(const Operation& operation) noexcept { return operation.state_ == Operation::State::held; }
    static Operation& release(OperationList& list) noexcept {
        Operation& operation = list.pop_front();
        operation.state_ = Operation::State::submitted;
        return operation;
    }
    static bool listed(const Operation& operation) noexcept { return operation.linked(); }
    static void unlist(Operation& operation) noexcept { operation.unlink(); }
    static void release(Operation& operation) noexcept {
        operation.unlink();
        operation.state_ = Operation::State::submitted;
    }

private:
    std::size_t in_flight_ = 0;
    std::uint64_t entries_ = 0;
    std::uint64_t completions_ = 0;
};

} // namespace corduroy::kernel
