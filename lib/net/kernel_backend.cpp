#include "net/name_backend.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/kernel/name_source.hpp>

#include <netinet/in.h>

#include <new>
#include <utility>

namespace corduroy::net {

namespace {

// Asks the kernel, and lets the answer take its time.
class KernelBackend final : public NameBackend {
public:
    KernelBackend(Reactor& reactor, kernel::NameSource& names) : reactor_(reactor), names_(names) {}
    ~KernelBackend() override { give_up(); }

    void begin(std::shared_ptr<Lookup> lookup) override {
        kernel::NameAnswer answer = names_.look_up(lookup->host());
        if (!answer.time) return; // nobody ever answers
        std::erase_if(calls_, [](const DelayedCall& call) { return !call.active(); });
        Duration time = *answer.time;
        DelayedCall& call = calls_.emplace_back();
        call = reactor_.call_later(time,
                                   [lookup = std::move(lookup), answer = std::move(answer)] { end(*lookup, answer); });
    }

    void give_up() noexcept override {
        for (DelayedCall& call : calls_)
            if (call.active()) call.cancel();
        calls_.clear();
    }

    void use_servers(const std::string&) override {
        throw ResolveError("the kernel answers for names itself: there are no name servers to choose");
    }

    void stop() noexcept override { give_up(); }

private:
    static void end(Lookup& lookup, const kernel::NameAnswer& answer) noexcept {
        try {
            std::vector<Address> addresses;
            for (const sockaddr_storage& address : answer.addresses)
                addresses.emplace_back(reinterpret_cast<const sockaddr*>(&address), size_of(address));
            if (addresses.empty())
                lookup.fail(answer.failure);
            else
                lookup.succeed(std::move(addresses));
        } catch (const std::bad_alloc&) {
            lookup.fail(Lookup::out_of_memory);
        }
    }

    static socklen_t size_of(const sockaddr_storage& address) noexcept {
        return address.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    }

    Reactor& reactor_;
    kernel::NameSource& names_;
    std::vector<DelayedCall> calls_;
};

} // namespace

std::unique_ptr<NameBackend> make_kernel_backend(Reactor& reactor) {
    kernel::NameSource* names = reactor.kernel().names();
    return names == nullptr ? nullptr : std::make_unique<KernelBackend>(reactor, *names);
}

} // namespace corduroy::net
