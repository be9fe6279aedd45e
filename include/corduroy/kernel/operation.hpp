#pragma once

#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/base/time.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace corduroy::kernel {

// What a kernel can be asked to do. The names are the system's; the man pages of the system calls of the same name tell
// what the results mean.
enum class Opcode : std::uint8_t {
    nop,      // completes with 0
    timer,    // completes with 0 once `deadline` has passed
    poll,     // waits until `fd` has one of the poll(2) events in `flags`; the result is the events
    accept,   // the result is a new descriptor, close-on-exec, blocking
    socket,   // a stream socket of the family in `flags`; the result is a new descriptor, as Kernel::socket gives it
    connect,  // to the socket address of `length` bytes at `data`
    receive,  // recv(2) into `data`, or into a provided buffer; `flags` are MSG_*
    send,     // send(2); `flags` are MSG_*
    read,     // pread(2) at `offset`, or at the file's own position where `offset` is `current_position`
    write,    // pwrite(2), likewise
    open,     // openat(2) of the path at `data`: open flags in `flags`, the mode in `length`
    shutdown, // shutdown(2); `flags` is SHUT_RD, SHUT_WR or SHUT_RDWR
    close,    // close(2)
    // Multishot: catches the signals of the set in `offset` (bit n - 1 is signal n), from the submission until it is
    // cancelled, and adds each that comes to the set at `data`, from which its owner takes them; completes with 0 when
    // that was empty. What is in it when the operation is cancelled is sent to the process again, unless another one
    // catches it. -EINVAL where one cannot be caught.
    signal,
};

inline constexpr std::uint64_t current_position = ~std::uint64_t{0};

// The description of one operation, plain data, read by the kernel when it takes the operation up. What `data` points
// at stays valid until the operation's last completion.
struct Description {
    Opcode opcode = Opcode::nop;
    bool multishot = false;       // accept, poll: completes again and again, until a completion without `more`
    bool provided_buffer = false; // receive: into a buffer of the kernel's choice, named by the completion, and no
                                  // more than `length` bytes unless that is 0
    bool standing = false;        // receive, into a provided buffer: one of many, see Kernel::submit
    bool wait_first = false;      // receive, send: an attempt would fail now, so wait for readiness before the first
    bool quiet = false;           // send: an attempt at once, of all; its success is told late, see Kernel::hasten
    bool speaks_first = false;    // connect, TCP: the handshake's last packet may wait for what is sent first
    int fd = -1;
    void* data = nullptr;
    std::size_t length = 0;
    std::uint64_t offset = current_position;
    std::uint32_t flags = 0;
    TimePoint deadline{};
};

// "receive"; and an operation that is under way, in words: "receive on descriptor 7".
const char* opcode_name(Opcode opcode) noexcept;
std::string operation_text(const Description& description);

// Whether an operation that ended with `result` has done nothing and is just to be submitted again, for which it
// prepares the description: it was interrupted (EINTR), or did not wait though it was to (EAGAIN, which a socket that
// somebody has made non-blocking gives).
bool submit_again(Description& description, std::int32_t result) noexcept;

// One completion of an operation.
struct Completion {
    std::int32_t result = 0;      // not negative: the result; negative: -errno
    bool more = false;            // the operation is still under way and will complete again
    bool has_buffer = false;      // `buffer` names a provided buffer, which the receiver must give back
    bool more_to_receive = false; // the socket held more than was received
    std::uint16_t buffer = 0;
};

// The record of one operation. It belongs to whoever waits for it (an awaiting coroutine's frame, or a pooled record),
// stays where it is from `Kernel::submit` until its last completion (the one without `more`), and aborts the program
// if it is destroyed before (law 2). The handler is called inside `Kernel::enter`, must only record and queue, and may
// submit the same operation again when the completion was its last.
class Operation : private ListNode<> {
public:
    using Handler = void (*)(Operation&, const Completion&) noexcept;

    explicit Operation(Handler handler) noexcept : handler_(handler) {}
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;
    ~Operation() {
        if (state_ != State::idle) destroyed_in_flight();
    }

    // True from submission to the last completion.
    bool in_flight() const noexcept { return state_ != State::idle; }

    Description description;

private:
    friend class Kernel;
    friend class IntrusiveList<Operation>;

    enum class State : std::uint8_t { idle, held, submitted };

    [[noreturn]] void destroyed_in_flight() const noexcept;

    Handler handler_;
    State state_ = State::idle;
    bool cancel_asked_ = false;
};

} // namespace corduroy::kernel
