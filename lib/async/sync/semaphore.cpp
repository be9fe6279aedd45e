#include <corduroy/async/sync/semaphore.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/base/fatal.hpp>

#include <string>

namespace corduroy {

Semaphore::Semaphore(std::size_t tokens) : tokens_(tokens), limit_(tokens) {
    if (tokens == 0) throw Error("a Semaphore was made with no tokens");
}

Semaphore::~Semaphore() {
    if (tokens_ != limit_)
        fatal("a Semaphore was destroyed while tokens of it are held, " + std::to_string(limit_ - tokens_) + " of " +
              std::to_string(limit_));
}

std::string Semaphore::Acquiring::waits_for() const {
    return "a token of a Semaphore, all " + std::to_string(semaphore_.limit()) + " are held";
}

} // namespace corduroy
