#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/net/byte_stream.hpp>
#include <corduroy/reactor/timer_node.hpp>

#include <optional>

namespace corduroy::http {

// Looks after the client of a server's connection while it is being answered, and cancels that when the client goes.
//
// Most answers are made in less time than it takes to go. So all that each costs is a timer; only when that fires a
// Task begins to wait for the end of the connection, and stays at it for the answers that follow.
class ClientWatch final : private TimerNode {
public:
    // While it lives its Task may be spawned into `group`, which is joined before the stream ends. What is done for the
    // client stands in `answering`.
    ClientWatch(net::ByteStream& stream, TaskGroup& group, CancelScope& answering, std::optional<net::GoneSign> sign)
        : TimerNode(&fired), stream_(stream), group_(group), answering_(answering), sign_(sign) {}
    ~ClientWatch() { end(); }

    // From here on the client waits for its answer, until `end`. May be called again before that.
    void begin() noexcept;
    void end() noexcept;

    // Whether the client has gone while it was waiting.
    bool gone() const noexcept { return gone_; }

private:
    static void fired(TimerNode& timer) noexcept;
    void give_up() noexcept;
    Task<> watch();

    net::ByteStream& stream_;
    TaskGroup& group_;
    CancelScope& answering_;
    std::optional<net::GoneSign> sign_;
    bool waiting_ = false;  // the client waits for its answer
    bool watching_ = false; // the Task was spawned
    bool over_ = false;     // it has seen the end
    bool gone_ = false;
};

} // namespace corduroy::http
