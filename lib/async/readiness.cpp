#include <corduroy/async/readiness.hpp>

#include <corduroy/async/perform.hpp>
#include <corduroy/base/error.hpp>

#include <poll.h>
#include <string>

namespace corduroy {

namespace {

Task<unsigned> poll(int fd, unsigned events) {
    kernel::Description what;
    what.opcode = kernel::Opcode::poll;
    what.fd = fd;
    what.flags = events;
    kernel::Completion done = co_await perform(what);
    if (done.result < 0) throw IoError("poll of descriptor " + std::to_string(fd), -done.result);
    co_return static_cast<unsigned>(done.result);
}

} // namespace

Task<unsigned> readable(int fd) { return poll(fd, POLLIN | POLLRDHUP); }

Task<unsigned> writable(int fd) { return poll(fd, POLLOUT); }

} // namespace corduroy
