#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace corduroy {

// Thrown at an await inside a cancelled scope. It unwinds the coroutines of that scope and is caught where the scope
// ends. It does not derive from std::exception, so `catch (const std::exception&)` never swallows it; catch it by name
// only to clean up, and rethrow. Cancellation is sticky: every later await in the scope raises it again (trio's
// Cancelled; Twisted's CancelledError, which `except Exception` does swallow, is what this improves on).
class Cancelled final {
public:
    Cancelled() = default;
    explicit Cancelled(std::string reason) noexcept : reason_(std::move(reason)) {}

    // Why the scope was cancelled, in the words given to its `cancel`, or its deadline's; empty where nobody said.
    const std::string& reason() const noexcept { return reason_; }

    // What was under way when the cancellation struck, innermost first named; a deadline puts it into its TimeoutError.
    const std::string& phase() const noexcept { return phase_; }

    // Names the phase, unless an inner frame named one already: `catch (Cancelled& c) { c.during("connect to …");
    // throw; }`.
    void during(std::string_view phase) {
        if (phase_.empty()) phase_ = phase;
    }

private:
    std::string reason_;
    std::string phase_;
};

} // namespace corduroy
