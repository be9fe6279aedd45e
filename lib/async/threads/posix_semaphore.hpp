#pragma once

#include <cerrno>
#include <semaphore.h>

namespace corduroy {

// A POSIX semaphore: who waits may destroy it as soon as it has been posted, and `post` takes no lock.
class PosixSemaphore {
public:
    PosixSemaphore() noexcept { ::sem_init(&semaphore_, 0, 0); }
    PosixSemaphore(const PosixSemaphore&) = delete;
    PosixSemaphore& operator=(const PosixSemaphore&) = delete;
    ~PosixSemaphore() { ::sem_destroy(&semaphore_); }

    void post() noexcept { ::sem_post(&semaphore_); }
    void wait() noexcept {
        while (::sem_wait(&semaphore_) != 0 && errno == EINTR) {
        }
    }

private:
    sem_t semaphore_;
};

} // namespace corduroy
