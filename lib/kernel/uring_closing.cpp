// Sockets that are closed by the way, along with what else is submitted.

#include "kernel/uring_kernel_impl.hpp"

#include <cerrno>

namespace corduroy::kernel {

void UringKernel::close_soon(int fd) noexcept {
    // Another loop that drives this one need not come back for that.
    if (guest_fd_ >= 0) return close_now(fd);
    abandon_standing(fd); // which holds on to the socket until the next entry at the latest
    io_uring_sqe* entry = take_entry();
    if (entry == nullptr) return close_now(fd);
    io_uring_prep_close(entry, fd);
    entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
    entry->user_data = ignored;
    owe();
    ++closes_;
}

// In the end: the descriptors are closed that entries in the queue name.
void UringKernel::close_owed() noexcept {
    unsigned head = io_uring_smp_load_acquire(ring_.sq.khead);
    for (; closes_ != 0 && head != ring_.sq.sqe_tail; ++head) {
        io_uring_sqe& entry = ring_.sq.sqes[head & *ring_.sq.kring_mask];
        if (entry.opcode != IORING_OP_CLOSE || entry.user_data != ignored) continue;
        SystemCalls::close_now(entry.fd);
        io_uring_prep_nop(&entry); // should the queue be submitted all the same
        entry.user_data = ignored;
        --closes_;
        have_done(1);
    }
}

// New descriptors must not be missing for those that are yet to be closed: then it is worth another attempt.
bool UringKernel::makes_room(int result) noexcept {
    if (result != -EMFILE || closes_ == 0) return false;
    system_enter(publish_entries(), 0, std::nullopt);
    return true;
}

int UringKernel::socket(int family, int type, int protocol) noexcept {
    int fd = SystemCalls::socket(family, type, protocol);
    return makes_room(fd) ? SystemCalls::socket(family, type, protocol) : fd;
}

int UringKernel::socket_pair(int family, int type, int (&descriptors)[2]) noexcept {
    int result = SystemCalls::socket_pair(family, type, descriptors);
    return makes_room(result) ? SystemCalls::socket_pair(family, type, descriptors) : result;
}

} // namespace corduroy::kernel
