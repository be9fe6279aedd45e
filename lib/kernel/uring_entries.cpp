// Our descriptions of operations, turned into the kernel's queue entries.

#include "kernel/uring_constants.hpp"
#include "kernel/uring_kernel_impl.hpp"

#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace corduroy::kernel {

void UringKernel::describe(io_uring_sqe& entry, const Operation& operation) noexcept {
    const Description& d = operation.description;
    auto length = static_cast<unsigned>(length_at_most(d.length));
    auto flags = static_cast<int>(d.flags);
    switch (d.opcode) {
    case Opcode::nop:
        io_uring_prep_nop(&entry);
        break;
    case Opcode::timer: {
        __kernel_timespec& timespec = timespecs_[static_cast<std::size_t>(&entry - ring_.sq.sqes)];
        timespec = to_timespec(d.deadline);
        io_uring_prep_timeout(&entry, &timespec, 0, IORING_TIMEOUT_ABS);
        break;
    }
    case Opcode::poll:
        if (d.multishot)
            io_uring_prep_poll_multishot(&entry, d.fd, d.flags);
        else
            io_uring_prep_poll_add(&entry, d.fd, d.flags);
        break;
    case Opcode::accept:
        if (d.multishot)
            io_uring_prep_multishot_accept(&entry, d.fd, nullptr, nullptr, SOCK_CLOEXEC);
        else
            io_uring_prep_accept(&entry, d.fd, nullptr, nullptr, SOCK_CLOEXEC);
        break;
    case Opcode::socket:
        io_uring_prep_socket(&entry, flags, SOCK_STREAM | SOCK_CLOEXEC, 0, 0);
        break;
    case Opcode::connect:
        io_uring_prep_connect(&entry, d.fd, static_cast<const sockaddr*>(d.data), static_cast<socklen_t>(d.length));
        break;
    case Opcode::receive:
        describe_receive(entry, d);
        break;
    case Opcode::send:
        io_uring_prep_send(&entry, d.fd, d.data, length, d.quiet ? flags | MSG_DONTWAIT | MSG_WAITALL : flags);
        if (d.wait_first) entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
        if (d.quiet) entry.flags |= IOSQE_CQE_SKIP_SUCCESS; // a short one counts as failed: MSG_WAITALL
        break;
    case Opcode::read:
        io_uring_prep_read(&entry, d.fd, d.data, length, d.offset);
        break;
    case Opcode::write:
        io_uring_prep_write(&entry, d.fd, d.data, length, d.offset);
        break;
    case Opcode::open:
        io_uring_prep_openat(&entry, AT_FDCWD, static_cast<const char*>(d.data), flags | O_CLOEXEC,
                             static_cast<mode_t>(d.length));
        break;
    case Opcode::shutdown:
        io_uring_prep_shutdown(&entry, d.fd, flags);
        break;
    case Opcode::signal: // never gets here
        break;
    case Opcode::close:
        io_uring_prep_close(&entry, d.fd);
        break;
    }
    entry.user_data = reinterpret_cast<std::uintptr_t>(&operation);
}

void UringKernel::describe_receive(io_uring_sqe& entry, const Description& d) noexcept {
    auto length = length_at_most(d.length);
    if (!d.provided_buffer) {
        io_uring_prep_recv(&entry, d.fd, d.data, length, static_cast<int>(d.flags));
    } else {
        io_uring_prep_recv(&entry, d.fd, nullptr, length, static_cast<int>(d.flags));
        entry.flags |= IOSQE_BUFFER_SELECT;
        entry.buf_group = BufferRing::group;
    }
    if (d.wait_first) entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
}

// Has the socket's handshake, when it connects, end with what is sent first in place of a packet of its own: that is
// how it begins where acknowledgements are not to be quick, and Linux has them be quick again from there. Gives the
// entry that is left for connecting.
io_uring_sqe& UringKernel::save_acknowledgement(io_uring_sqe& entry, int fd) noexcept {
    static constexpr int off = 0;
    if (!socket_commands_ || io_uring_sq_space_left(&ring_) == 0) {
        set_option(fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off); // a refinement: it may be refused
        return entry;
    }
    struct {
        std::uint32_t level = IPPROTO_TCP, name = TCP_QUICKACK;
    } option; // in the place of an address, as struct io_uring_sqe has it since Linux 6.7
    io_uring_prep_rw(IORING_OP_URING_CMD, &entry, fd, nullptr, 0, 0);
    entry.cmd_op = uring::socket_command_set_option;
    static_assert(sizeof option == sizeof entry.addr);
    std::memcpy(&entry.addr, &option, sizeof option);
    entry.file_index = sizeof off;
    entry.addr3 = reinterpret_cast<std::uintptr_t>(&off);
    entry.flags |= IOSQE_CQE_SKIP_SUCCESS;
    entry.user_data = ignored;
    return *io_uring_get_sqe(&ring_);
}

void UringKernel::describe_cancel(io_uring_sqe& entry, Operation& operation) noexcept {
    io_uring_prep_cancel(&entry, &operation, 0);
    entry.flags |= IOSQE_CQE_SKIP_SUCCESS;
    entry.user_data = ignored;
}

} // namespace corduroy::kernel
