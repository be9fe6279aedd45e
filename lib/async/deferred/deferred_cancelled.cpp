#include "async/deferred/deferred_cancelled.hpp"

#include <corduroy/base/cancelled.hpp>

namespace corduroy::detail {

Failure as_deferred_failure(const Failure& failure, const std::source_location& created) {
    const auto* cancelled = failure.as<Cancelled>();
    const std::string_view reason = cancelled != nullptr ? cancelled->reason() : std::string_view();
    return failure.retold(std::make_exception_ptr(DeferredCancelled(created, reason, phase_of(failure))));
}

std::string phase_of(const Failure& failure) {
    try {
        failure.rethrow();
    } catch (const Cancelled& cancelled) {
        return cancelled.phase();
    } catch (const DeferredCancelled& cancelled) {
        return cancelled.phase();
    } catch (...) {
        return {};
    }
}

} // namespace corduroy::detail
