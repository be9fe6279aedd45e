#pragma once

#include <corduroy/base/error.hpp>

namespace corduroy {

// The last sender of a channel was closed, and all that was sent has been received (trio's EndOfChannel).
class EndOfChannel : public Error {
public:
    using Error::Error;
};

// Nobody will ever receive what is sent: the last receiver of the channel was closed (trio's BrokenResourceError).
class BrokenResourceError : public Error {
public:
    using Error::Error;
};

// It was closed on this side, before or while it was used (trio's ClosedResourceError).
class ClosedResourceError : public Error {
public:
    using Error::Error;
};

// A task used what another task is using, and what one at a time can use (trio's BusyResourceError).
class BusyResourceError : public Error {
public:
    using Error::Error;
};

// The barrier was aborted or reset while coroutines waited at it, or is broken since (asyncio's BrokenBarrierError).
class BrokenBarrierError : public Error {
public:
    using Error::Error;
};

} // namespace corduroy
