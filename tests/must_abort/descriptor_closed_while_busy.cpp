// expect: corduroy: descriptor 1000000 was closed with an operation in flight on it

#include "must_abort/must_abort.hpp"

#include <corduroy/testing/sim_kernel.hpp>

namespace must_abort::descriptor_closed_while_busy {

using namespace corduroy;

MUST_ABORT(descriptor_closed_while_busy) {
    sim::SimKernel kernel;
    int ends[2];
    kernel.socket_pair(AF_UNIX, SOCK_STREAM, ends);
    char byte;
    kernel::Operation receive([](kernel::Operation&, const kernel::Completion&) noexcept {});
    receive.description = {.opcode = kernel::Opcode::receive, .fd = ends[0], .data = &byte, .length = 1};
    kernel.submit(receive);
    kernel.enter(TimePoint::min());
    kernel.close_now(ends[1]); // nothing on that one
    kernel.close_now(ends[0]);
}

} // namespace must_abort::descriptor_closed_while_busy
