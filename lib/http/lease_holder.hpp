#pragma once

#include <string>

namespace corduroy::http {

// Who has a place in the pool, told to those who wait for one.
class LeaseHolder {
public:
    // "GET http://h/ (reading the body)".
    virtual std::string describe() const = 0;

protected:
    ~LeaseHolder() = default;
};

} // namespace corduroy::http
