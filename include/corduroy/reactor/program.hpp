#pragma once

#include <corduroy/base/time.hpp>

namespace corduroy::detail {

// What a reactor is run for, where that is more than to turn until `stop`: a program with a main, which then has to
// come to its end.
class Program {
public:
    // `Reactor::stop` was called.
    virtual void stop() noexcept = 0;
    // `Reactor::set_slow_step` was called.
    virtual void watch_steps(Duration bound) noexcept = 0;

protected:
    ~Program() = default;
};

} // namespace corduroy::detail
