#pragma once

#include <corduroy/base/intrusive_list.hpp>

namespace corduroy {

class Reactor;

// What holds something of a reactor's, a descriptor or a standing operation, and belongs to somebody who may keep it
// longer than the reactor lives. It is told of the end, lets go of what it holds, and does no harm afterwards.
class ReactorBound : private ListNode<ReactorBound> {
public:
    ReactorBound(const ReactorBound&) = delete;
    ReactorBound& operator=(const ReactorBound&) = delete;

protected:
    explicit ReactorBound(Reactor& reactor) noexcept;
    ~ReactorBound() {
        if (linked()) unlink();
    }

private:
    friend class Reactor;
    friend class IntrusiveList<ReactorBound, ReactorBound>;

    // The program on the reactor has ended, and the services end, for which no operation may be in flight; the reactor
    // may be used again. Each of the two may destroy this one, and no other.
    virtual void program_ended() noexcept {}
    // The reactor is about to be destroyed. It turns until nothing is in flight, and knows nothing of this one then.
    virtual void reactor_ended() noexcept = 0;
};

} // namespace corduroy
