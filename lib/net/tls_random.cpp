// OpenSSL 3 has a random source for each library context, but one RAND_METHOD for them all, which comes first: there is
// no other way to give a connection bytes of one's own. It is deprecated, for there are providers now.
#include "net/tls_random.hpp"

#include <corduroy/reactor/reactor.hpp>

#include <cstddef>
#include <mutex>
#include <openssl/rand.h>
#include <span>

// And not by OPENSSL_SUPPRESS_DEPRECATED, which is too late where another source of the library comes first.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace corduroy::net {

namespace {

// The kernel that simulates what is outside on this thread, or null. One that answers for names stands for all of it.
kernel::Kernel* simulated_kernel() noexcept {
    Reactor* reactor = Reactor::current_or_null();
    if (reactor == nullptr || reactor->kernel().names() == nullptr) return nullptr;
    return &reactor->kernel();
}

// Called on any thread of the program's, whoever uses OpenSSL there: all but simulations get what they always had.
int draw(unsigned char* bytes, int count) {
    kernel::Kernel* kernel = simulated_kernel();
    if (kernel == nullptr) return RAND_OpenSSL()->bytes(bytes, count);
    kernel->random(std::as_writable_bytes(std::span(bytes, static_cast<std::size_t>(count))));
    return 1;
}

int add(const void*, int, double) { return 1; }
int status() { return RAND_OpenSSL()->status(); }

const RAND_METHOD method = {nullptr, draw, nullptr, add, draw, status};

} // namespace

void follow_simulated_random() {
    if (!simulated_here()) return;
    static std::once_flag once;
    std::call_once(once, [] { RAND_set_rand_method(&method); });
}

bool simulated_here() noexcept { return simulated_kernel() != nullptr; }

} // namespace corduroy::net

#pragma GCC diagnostic pop
