#pragma once

#include <corduroy/base/error.hpp>
#include <corduroy/base/failure.hpp>

#include <source_location>
#include <string>
#include <string_view>
#include <utility>

namespace corduroy::detail {

// "the Deferred created at file:line function".
std::string created_at(const std::source_location& created);

// What a cancelled Deferred fails with. By this type we know that somebody asked for it, and need not report it; and it
// keeps the phase that a Task was in, for the TimeoutError that it may become.
class DeferredCancelled final : public CancelledError {
public:
    explicit DeferredCancelled(const std::source_location& created, std::string_view reason, std::string phase = {})
        : CancelledError((phase.empty() ? created_at(created) : phase) + " was cancelled" +
                         (reason.empty() ? "" : ": ") + std::string(reason)),
          phase_(std::move(phase)) {}

    const std::string& phase() const noexcept { return phase_; }

private:
    std::string phase_;
};

// What a coroutine that was cancelled came to, as it is told where nobody asked for that: as the Deferred's own
// failure.
Failure as_deferred_failure(const Failure& failure, const std::source_location& created);

// What was under way when a cancellation struck, whichever of its forms the failure is; empty where that is not known.
std::string phase_of(const Failure& failure);

} // namespace corduroy::detail
