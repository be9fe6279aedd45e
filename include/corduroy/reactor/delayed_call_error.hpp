#pragma once

#include <corduroy/base/error.hpp>

#include <source_location>
#include <string_view>

namespace corduroy {

// A DelayedCall was asked for something that came too late, for it was made already (Twisted's AlreadyCalled). The
// message says what was asked, and where the call was scheduled.
class AlreadyCalled : public Error {
public:
    AlreadyCalled(std::string_view asked, const std::source_location& scheduled);
};

// Or it was cancelled already (Twisted's AlreadyCancelled).
class AlreadyCancelled : public Error {
public:
    AlreadyCancelled(std::string_view asked, const std::source_location& scheduled);
};

} // namespace corduroy
