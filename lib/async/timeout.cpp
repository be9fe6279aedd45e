#include <corduroy/async/timeout.hpp>

#include <corduroy/base/cancelled.hpp>

namespace corduroy::detail {

Failure timed_out(const Failure& failure, Duration bound) {
    std::string phase;
    try {
        failure.rethrow();
    } catch (const Cancelled& cancelled) {
        phase = cancelled.phase();
    } catch (...) {
        return failure;
    }
    Failure result(std::make_exception_ptr(TimeoutError(phase, bound)));
    for (const auto& site : failure.sites()) result.add_site(site);
    return result;
}

} // namespace corduroy::detail
