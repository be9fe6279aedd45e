#pragma once

#include <corduroy/reactor/reactor.hpp>

#include "net/lookup.hpp"

#include <memory>
#include <string>

namespace corduroy::net {

// What looks names up for the SystemResolver.
class NameBackend {
public:
    virtual ~NameBackend() = default;

    // Looks `lookup->host` up and ends it, now or later, on the reactor's thread.
    virtual void begin(std::shared_ptr<Lookup> lookup) = 0;
    // Nobody waits for any lookup any more: gives up what is under way.
    virtual void give_up() noexcept = 0;
    // Throws ResolveError.
    virtual void use_servers(const std::string& servers) = 0;
    // Ends all its operations; nothing else is called after it.
    virtual void stop() noexcept = 0;
};

// By the kernel, where that answers for names (see kernel::NameSource); else null.
std::unique_ptr<NameBackend> make_kernel_backend(Reactor& reactor);

// By c-ares on the reactor's ring; null in a build without it.
std::unique_ptr<NameBackend> make_ares_backend(Reactor& reactor);

// By getaddrinfo(3), ten lookups at a time, in threads. What has begun cannot be given up: the reactor's end waits for
// it, some seconds where no name server answers, as resolv.conf(5) has it.
std::unique_ptr<NameBackend> make_thread_backend(Reactor& reactor);

} // namespace corduroy::net
