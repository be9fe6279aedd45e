#pragma once

#include <string>

namespace corduroy::http {

// Who has a place in the pool, told to those who wait for one.
class LeaseHolder {
public:
    // "GET http://h/ (reading the body)".
    virtual std::string describe() const = 0;

    // The reactor ends. Who may outlive it closes the connection, unless a coroutine is still at work with it.
    virtual void reactor_ends() noexcept {}

protected:
    ~LeaseHolder() = default;
};

} // namespace corduroy::http
