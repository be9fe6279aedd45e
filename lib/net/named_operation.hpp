#pragma once

#include <corduroy/async/perform.hpp>

#include <string>

namespace corduroy::net {

// An operation of the kernel which the task tree shows by what `words` gives, "receive from 192.0.2.1:80", and not by
// its descriptor.
template <class Words>
class NamedOperation final : public Performing {
public:
    NamedOperation(const kernel::Description& what, const Words& words) noexcept : Performing(what), words_(words) {}

    std::string waits_for() const { return words_(); }

private:
    Words words_;
};

} // namespace corduroy::net
