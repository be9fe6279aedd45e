#pragma once

#include <corduroy/base/error.hpp>

namespace corduroy::net {

// A line, or whatever ends with a delimiter, was longer than the bound. The bytes are still there to be read.
class TooLong : public Error {
public:
    using Error::Error;
};

// The stream ended where more was needed. The bytes that came are still there to be read.
class EndOfStream : public Error {
public:
    using Error::Error;
};

} // namespace corduroy::net
