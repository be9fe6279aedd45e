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

// The address or the network interface on this side that a connection was to be made from cannot be had. Another peer
// would not help.
class LocalAddressError : public IoError {
public:
    using IoError::IoError;
};

} // namespace corduroy::net
