#pragma once

#include <corduroy/kernel/kernel.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace corduroy::sim {

class Network;

// How often a SimKernel does what io_uring does now and then: each the share of the operations, from 0 to 1, that it
// happens to. None of it breaks a promise of the kernel's, and a program that is right must live with all of it.
struct Edges {
    double short_transfers = 0; // a send, receive, read or write moves less than it could (not one with MSG_WAITALL)
    double no_buffers = 0;      // a receive finds no provided buffer: -ENOBUFS
    double multishot_ends = 0;  // a multishot operation ends by itself: a completion without `more`
    double late_cancels = 0; // a cancel is looked at only after what is ready has completed, and so may lose the race
    double idle_returns = 0; // `enter` returns and has delivered nothing

    // Each of them now and then.
    static constexpr Edges all() { return {0.2, 0.05, 0.1, 0.3, 0.05}; }
};

// How a SimKernel behaves. The same options and the same program give the same run.
struct SimOptions {
    std::uint64_t seed = 0;           // of the random source, and of every choice the kernel makes
    bool shuffle_completions = false; // what is ready completes in an order drawn from the seed, else first come first
    unsigned completions_per_enter = 20; // at most; as many as io_uring hands out per wait
    std::size_t stream_buffer = 65536;   // the window: bytes that a sender may be ahead of what it knows to be read
    unsigned buffers = 256;              // provided buffers for receiving
    std::size_t buffer_size = 8192;
    Duration
        thread_time{}; // virtual time that work given to a thread takes; up to that, where completions are shuffled
    Edges edges{};
    unsigned submission_queue = 256;  // operations that one `enter` takes up; those beyond wait for the next
    unsigned completion_queue = 4096; // with more than that ready to complete, multishot operations end by themselves
    bool keep_log = false;            // keep the text of the event log, see `log_text`
    Duration turn_cost{};             // virtual time that each `enter` takes; a program that spins needs some to pass
};

// A kernel in user space: virtual time, sockets that reach no further than this object, files held in memory. A
// program on it never sleeps: when nothing is ready, `enter` moves the clock to the next timer or to its deadline. When
// there is neither, nothing can ever happen again, and `enter` throws an Error that begins with "deadlock: " and lists
// the operations that wait; the kernel stays usable. Nothing in it depends on the machine, the time or an address in
// memory, so a run can be repeated.
//
// Connections: TCP over IPv4 and IPv6 at any address that a socket of this kernel listens on, or that a host of its
// simulated network has (a connection to nobody is refused), and Unix stream sockets; no datagrams. They behave as
// Linux's do at the edges: short sends, a reset for data left unread at close, the one send that a closed TCP peer
// swallows, half-closed streams, full backlogs. A Unix path is free again once its socket is closed. Options that a
// socket is given are remembered; SO_LINGER with a time of zero and IPV6_V6ONLY have their effect, all others none.
class SimKernel final : public kernel::Kernel {
public:
    // The monotonic clock at the start, and the calendar's: 2026-01-01 00:00 UTC.
    static constexpr TimePoint start{std::chrono::seconds{1000}};
    static constexpr std::chrono::system_clock::time_point wall_start{std::chrono::seconds{1'767'225'600}};
    // Descriptors are numbered from here, the lowest free one first: a program that hands one to a system call gets
    // EBADF, not somebody's file.
    static constexpr int first_descriptor = 1'000'000;

    explicit SimKernel(const SimOptions& options = {});
    // Ends the program when operations are in flight; open descriptors it closes.
    ~SimKernel() override;

    void submit(kernel::Operation& operation) noexcept override;
    // Receives do not stand here: it is the socket that tells.
    bool quiet(int fd) const noexcept override;
    // An operation whose completion is on its way keeps it: the cancel has lost the race.
    void cancel(kernel::Operation& operation) noexcept override;
    void enter(std::optional<TimePoint> deadline) override;
    void hasten() noexcept override;
    void wake() noexcept override;
    int descriptor() noexcept override { return -1; }

    TimePoint now() noexcept override;
    std::chrono::system_clock::time_point wall_clock() noexcept override;
    std::optional<Duration> thread_delay() noexcept override;
    kernel::NameSource* names() noexcept override;
    void random(std::span<std::byte> bytes) override;

    std::span<std::byte> buffer(std::uint16_t id) noexcept override;
    void give_back(std::uint16_t id) noexcept override;

    int socket(int family, int type, int protocol) noexcept override;
    int socket_pair(int family, int type, int (&descriptors)[2]) noexcept override;
    int bind(int fd, const sockaddr* address, socklen_t length) noexcept override;
    int listen(int fd, int backlog) noexcept override;
    int set_option(int fd, int level, int name, const void* value, socklen_t length) noexcept override;
    int get_option(int fd, int level, int name, void* value, socklen_t& length) noexcept override;
    int local_address(int fd, sockaddr* address, socklen_t& length) noexcept override;
    int peer_address(int fd, sockaddr* address, socklen_t& length) noexcept override;
    // Ends the program when something is in flight on `fd`: on a real kernel that would be a leaked connection.
    void close_now(int fd) noexcept override;
    std::int64_t file_size(const char* path) noexcept override;
    int rename(const char* from, const char* to) noexcept override;
    int socket_file(const char* path, std::uint64_t& device, std::uint64_t& number) noexcept override;
    int unlink(const char* path) noexcept override;

    // Virtual time passes as if the program had computed for so long: the next `enter` finds it later, and what fell
    // due meanwhile late.
    void spend(Duration time) noexcept;

    // Raises a signal, from 1 to 64. False where no operation catches it: the system would do with it what it does.
    bool raise(int number);

    // The network, for what sets it up: see World::host.
    Network& network() noexcept;

    // Files, by the path that `open` and `rename` are given, byte for byte; there are no folders. `put_file` makes a
    // file or replaces its contents; `file` gives the contents, or nothing where there is no such file.
    void put_file(std::string_view path, std::string_view contents);
    std::optional<std::string> file(std::string_view path) const;
    void remove_file(std::string_view path);

    // What happened, in order: every operation taken up, tried in vain, cancelled and completed, every jump of the
    // clock, every choice and what the network did. It holds no address in memory: the same program and options give
    // the same log, and so the same hash, in any process. The text has a line per event, "NANOSECONDS EVENT NUMBERS",
    // and is empty unless `SimOptions::keep_log` is set.
    std::uint64_t log_hash() const noexcept;
    const std::string& log_text() const noexcept;

    // For leak checks: what a finished program should have brought back to zero.
    std::size_t open_descriptors() const noexcept;
    std::size_t buffers_out() const noexcept override;

private:
    class Engine;
    std::unique_ptr<Engine> engine_;
};

} // namespace corduroy::sim
