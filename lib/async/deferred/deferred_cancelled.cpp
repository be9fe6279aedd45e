#include "async/deferred/deferred_cancelled.hpp"

#include <corduroy/base/cancelled.hpp>

namespace corduroy::detail {

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
