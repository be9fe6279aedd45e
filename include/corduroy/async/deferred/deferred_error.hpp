#pragma once

#include <corduroy/base/error.hpp>

#include <source_location>

namespace corduroy {

// A Deferred was fired a second time (Twisted's AlreadyCalledError). The message says where it was made, where it was
// fired first, and where again.
class AlreadyCalledError : public Error {
public:
    AlreadyCalledError(const std::source_location& created, const std::source_location& first_fired,
                       const std::source_location& fired_again);

    const std::source_location& created() const noexcept { return created_; }
    const std::source_location& first_fired() const noexcept { return first_fired_; }

private:
    std::source_location created_;
    std::source_location first_fired_;
};

// What a Deferred fails with when the last one who could have fired it is gone: better for those who wait than to wait
// for ever. It is not reported where nobody waits.
class AbandonedError : public Error {
public:
    explicit AbandonedError(const std::source_location& created);
};

} // namespace corduroy
