#pragma once

#include "http/client_connection.hpp"
#include "http/phase_clock.hpp"
#include "http/request_plan.hpp"

#include <corduroy/async/task.hpp>
#include <corduroy/base/result.hpp>
#include <corduroy/base/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace corduroy::http {

// Parses what has been received up to the head of the answer. False where that takes more; tells the request's hook of
// interim answers, and `may_continue`, where there is one, of a 100.
bool find_head(ClientConnection& connection, const RequestPlan& plan, bool* may_continue = nullptr);

// Sends the body of a request while it watches for the answer. One that comes before the body has been sent ends the
// sending if it is no success (RFC 9112 section 9.3: the server wants no more), and the connection is of no use for
// another request. With a success, a server that answers as it reads, the sending goes on, and what comes of the answer
// is kept meanwhile.
class BodySending {
public:
    // `kept_limit`: so much of an early answer's body is kept.
    BodySending(ClientConnection& connection, const RequestPlan& plan, PhaseClock& clock, Duration silence,
                std::size_t kept_limit) noexcept
        : connection_(connection), plan_(plan), clock_(clock), silence_(silence), kept_limit_(kept_limit) {}

    // Waits for "100 Continue" first, for so long at most, where it is given. Ends when the body is sent, when the
    // server has refused it or answered in place of the 100, or when it takes no more, which its answer may explain.
    // Throws what the body's generator throws, and what ends the reading; TooLarge.
    Task<> run(std::optional<Duration> wait);

    bool answered() const noexcept { return answered_at_ != TimePoint{}; }
    TimePoint answered_at() const noexcept { return answered_at_; }
    // How many bytes of the body have been given to the connection, without their framing.
    std::uint64_t sent() const noexcept { return sent_; }
    // Throws why the server took no more, if that is so.
    void raise_failure() const {
        if (!taken_) taken_.failure().rethrow();
    }

private:
    [[noreturn]] void raise_cut_answer() const;
    bool has_given_all() const noexcept;
    bool has_success() const noexcept;
    bool has_framing() const noexcept;
    Task<> watch(bool until_continue);
    Task<> keep_answer();
    Task<> send();
    Task<> send_generated();
    Task<> write(std::string_view bytes);

    ClientConnection& connection_;
    const RequestPlan& plan_;
    PhaseClock& clock_;
    Duration silence_;
    std::size_t kept_limit_;
    Result<void> taken_; // whether the connection took what was to be sent
    std::uint64_t sent_ = 0;
    bool complete_ = false;
    bool may_continue_ = false;
    TimePoint answered_at_{}; // when the head was found
};

} // namespace corduroy::http
