#include <corduroy/http/retry/retry_policy.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/method.hpp>
#include <corduroy/http/retry/retry_after.hpp>

#include <algorithm>
#include <exception>

namespace corduroy::http {

namespace {

enum class Damage : unsigned char {
    none_sent, // no connection was made
    sent,      // what the server did with it is not known
    hopeless,  // the same would come of it again
};

// A handshake that broke off, by an end or a reset of its connection, rather than one that went wrong.
bool broke_off(const Failure& cause) { return cause.as<TlsClosed>() != nullptr || cause.as<IoError>() != nullptr; }

Damage damage_of(const Failure& failure) {
    try {
        failure.rethrow();
    } catch (const TooLarge&) {
        return Damage::hopeless;
    } catch (const RedirectError&) {
        return Damage::hopeless;
    } catch (const UnsupportedUrl&) {
        return Damage::hopeless;
    } catch (const ProxyError& error) {
        // What a proxy refuses it will refuse again, unless it is overburdened itself.
        if (error.status() != 0) return error.status() >= 500 ? Damage::none_sent : Damage::hopeless;
        Failure cause(error.cause());
        bool of_tls = cause.as<TlsError>() != nullptr;
        return of_tls && !broke_off(cause) ? Damage::hopeless : Damage::none_sent;
    } catch (const CodingError& error) {
        return error.fault() == CodingError::Fault::damaged ? Damage::sent : Damage::hopeless;
    } catch (const Error& error) {
        if (error.phase() == Phase::tls)
            return broke_off(Failure(error.cause())) ? Damage::none_sent : Damage::hopeless;
        if (error.phase() == Phase::name || error.phase() == Phase::connect) return Damage::none_sent;
        // The user's own mistakes have no lower error, and a server's breaches of the protocol neither.
        bool broken = error.cause() != nullptr || dynamic_cast<const ProtocolError*>(&error) != nullptr;
        return broken && error.phase() != Phase::pool ? Damage::sent : Damage::hopeless;
    } catch (const PhaseTimeout& timeout) {
        Phase phase = timeout.of();
        if (phase == Phase::pool) return Damage::hopeless;
        bool on_the_way = phase == Phase::name || phase == Phase::connect || phase == Phase::tls;
        return on_the_way ? Damage::none_sent : Damage::sent;
    } catch (const TimeoutError&) {
        return Damage::sent;
    } catch (...) {
        return Damage::hopeless;
    }
}

} // namespace

RetryPolicy RetryPolicy::attempts(unsigned count) const {
    if (count == 0) throw corduroy::Error("a RetryPolicy has at least 1 attempt");
    RetryPolicy changed = *this;
    changed.attempts_ = count;
    return changed;
}

RetryPolicy RetryPolicy::backoff(Duration initial, double factor, Duration longest) const {
    if (initial < Duration::zero() || factor < 1 || longest < initial)
        throw corduroy::Error("a RetryPolicy's delays begin at 0 or more, and do not shrink");
    RetryPolicy changed = *this;
    changed.initial_ = initial;
    changed.factor_ = factor;
    changed.longest_ = longest;
    return changed;
}

RetryPolicy RetryPolicy::jitter(double fraction) const {
    if (!(fraction >= 0 && fraction <= 1)) throw corduroy::Error("a RetryPolicy's jitter is between 0 and 1");
    RetryPolicy changed = *this;
    changed.jitter_ = fraction;
    return changed;
}

RetryPolicy RetryPolicy::status(int status) const {
    RetryPolicy changed = *this;
    changed.statuses_.push_back(status);
    return changed;
}

RetryPolicy RetryPolicy::no_status() const {
    RetryPolicy changed = *this;
    changed.statuses_.clear();
    return changed;
}

RetryPolicy RetryPolicy::longest_retry_after(Duration longest) const {
    RetryPolicy changed = *this;
    changed.longest_retry_after_ = longest;
    return changed;
}

RetryPolicy RetryPolicy::also(std::string_view method) const {
    RetryPolicy changed = *this;
    changed.also_.emplace_back(method);
    return changed;
}

bool RetryPolicy::may_repeat(std::string_view method) const noexcept {
    return is_idempotent_method(method) || std::find(also_.begin(), also_.end(), method) != also_.end();
}

Duration RetryPolicy::delay(unsigned attempts, double chance) const noexcept {
    auto longest = static_cast<double>(longest_.count());
    auto delay = static_cast<double>(initial_.count());
    for (unsigned i = 1; i < attempts && delay < longest; ++i) delay *= factor_;
    return Duration(static_cast<Duration::rep>(std::min(delay, longest) * (1 - jitter_ * chance)));
}

std::optional<Duration> RetryPolicy::after(unsigned attempts, std::string_view method, const Response& answer,
                                           double chance, std::chrono::system_clock::time_point now) const {
    bool meant = std::find(statuses_.begin(), statuses_.end(), answer.status()) != statuses_.end();
    if (!meant || attempts >= attempts_ || !may_repeat(method)) return std::nullopt;
    auto field = answer.headers().get("retry-after");
    auto told = field ? parse_retry_after(*field, now) : std::nullopt;
    if (!told) return delay(attempts, chance);
    if (*told > longest_retry_after_) return std::nullopt;
    return told;
}

std::optional<Duration> RetryPolicy::after(unsigned attempts, std::string_view method, const Failure& failure,
                                           double chance) const {
    if (attempts >= attempts_) return std::nullopt;
    Damage damage = damage_of(failure);
    bool again = damage == Damage::none_sent || (damage == Damage::sent && may_repeat(method));
    if (!again) return std::nullopt;
    return delay(attempts, chance);
}

} // namespace corduroy::http
