#pragma once

#include <corduroy/base/failure.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/http/response.hpp>

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy::http {

// When a request is sent again, and how often. A value, put together by calls, each of which gives a changed copy:
//
//     http::Client().retry(http::RetryPolicy().attempts(5).also("POST"))
//
// As it comes it makes 3 attempts, 100 ms and then 200 ms apart, less a random part of up to a half:
// - where no connection could be made, for then nothing was sent: whatever the method. A TLS handshake counts where the
//   peer broke it off by closing the connection, and not where it went wrong: a certificate that is refused will be
//   refused again;
// - where the answer did not come whole, or its status is 429, 502, 503 or 504: for the idempotent methods alone (RFC
//   9110 section 9.2.2). A Retry-After of the answer, in seconds or as a date, takes the place of the delay; one beyond
//   a minute has the answer itself given.
// A body that can be sent once is not sent again. The last attempt's answer, or failure, is what the request gives. The
// bound for the whole request holds over all attempts and the waiting between them. (urllib3's Retry.)
class RetryPolicy {
public:
    // How many attempts there are in all, the first one included; at least 1.
    RetryPolicy attempts(unsigned count) const;
    // The delay after the first failed attempt, by what it grows from each to the next, and where it stops growing.
    RetryPolicy backoff(Duration initial, double factor = 2, Duration longest = std::chrono::seconds(30)) const;
    // The part of a delay, between 0 and 1, that is left to chance.
    RetryPolicy jitter(double fraction) const;
    // Another status to send again for; or none at all, so that only failures are.
    RetryPolicy status(int status) const;
    RetryPolicy no_status() const;
    // How long a Retry-After is waited for at most.
    RetryPolicy longest_retry_after(Duration longest) const;
    // A method that is sent again though it is not idempotent: "POST", where what it does twice does no harm.
    RetryPolicy also(std::string_view method) const;

    // What they decide after so many attempts: how long to wait before the next, or nothing where there is to be none.
    // `chance` is between 0 and 1, and `now` the calendar's time, for dates.
    std::optional<Duration> after(unsigned attempts, std::string_view method, const Response& answer, double chance,
                                  std::chrono::system_clock::time_point now) const;
    std::optional<Duration> after(unsigned attempts, std::string_view method, const Failure& failure,
                                  double chance) const;

private:
    bool may_repeat(std::string_view method) const noexcept;
    Duration delay(unsigned attempts, double chance) const noexcept;

    unsigned attempts_ = 3;
    Duration initial_ = std::chrono::milliseconds(100);
    double factor_ = 2;
    Duration longest_ = std::chrono::seconds(30);
    double jitter_ = 0.5;
    std::vector<int> statuses_{429, 502, 503, 504};
    Duration longest_retry_after_ = std::chrono::minutes(1);
    std::vector<std::string> also_;
};

} // namespace corduroy::http
