#pragma once

namespace corduroy {

// Something that lives as long as its reactor and is made when first asked for: a resolver, a connection pool. Services
// never keep a reactor alive: when the main work has ended each is told to stop, the latest made first, the reactor
// runs until nothing of theirs is in flight, and they are destroyed.
class Service {
public:
    virtual ~Service() = default;

    // Ends what is under way: cancel operations, close what is idle. Called once, on the reactor's thread.
    virtual void stop() noexcept = 0;

    // Whether nothing of its is under way, beside operations of the kernel; the reactor turns until it is so.
    virtual bool idle() const noexcept { return true; }
};

} // namespace corduroy
