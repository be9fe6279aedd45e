// Receives that stand: one entry for all the receives of a socket.

#include "kernel/uring_kernel_impl.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace corduroy::kernel {

namespace {

// So much of what nobody has asked for is kept: more waits in the socket, as it does without a standing receive.
constexpr unsigned kept_parts = 16;

} // namespace

// ---- asking ----

// True where the operation does not go to the system: what it wants has come, or will come, to a receive that stands.
bool UringKernel::receive_standing(Operation& operation) noexcept {
    const Description& d = operation.description;
    StandingReceive* standing = standing_.find(d.fd);
    bool may_begin = d.standing && d.provided_buffer && d.flags == 0 && d.fd >= 0;
    if (standing == nullptr && may_begin) standing = standing_.make(d.fd);
    if (standing == nullptr || standing->waiting != nullptr) return false;
    if (standing->has_parts() || standing->end) {
        hold(served_, operation);
        return true;
    }
    // What has not come here lies in the socket, if anywhere.
    if ((d.flags & (MSG_PEEK | MSG_DONTWAIT)) != 0) return false;
    if (!standing->armed) {
        if (!may_begin || !arm(*standing, d)) return false;
    } else if (!d.provided_buffer) {
        stop(*standing); // it goes to the system when that has let go of this one, unless something comes before
    }
    standing->waiting = &operation;
    return true;
}

bool UringKernel::arm(StandingReceive& standing, const Description& description) noexcept {
    io_uring_sqe* entry = held_.empty() ? take_entry() : nullptr;
    if (entry == nullptr) return false;
    io_uring_prep_recv_multishot(entry, description.fd, nullptr, 0, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    entry->buf_group = BufferRing::group;
    if (description.wait_first) entry->ioprio |= IORING_RECVSEND_POLL_FIRST;
    entry->user_data = reinterpret_cast<std::uintptr_t>(&standing) | StandingReceive::mark;
    standing.armed = true;
    return true;
}

void UringKernel::stop(StandingReceive& standing) noexcept {
    if (std::exchange(standing.stopping, true)) return;
    stopping_.push_back(standing);
    submit_stops();
}

// Those for which there was no room are left for the next entry.
void UringKernel::submit_stops() noexcept {
    while (!stopping_.empty()) {
        io_uring_sqe* entry = take_entry();
        if (entry == nullptr) return;
        io_uring_prep_cancel64(entry, reinterpret_cast<std::uintptr_t>(&stopping_.pop_front()) | StandingReceive::mark,
                               0);
        entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
        entry->user_data = ignored;
    }
}

// An operation that waits for what comes to a standing receive does so no longer.
bool UringKernel::leave_standing(Operation& operation) noexcept {
    StandingReceive* standing = standing_.find(operation.description.fd);
    if (standing == nullptr || standing->waiting != &operation) return false;
    standing->waiting = nullptr;
    return true;
}

// ---- completing ----

void UringKernel::deliver_standing(StandingReceive& standing, const io_uring_cqe& cqe) noexcept {
    if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) {
        auto buffer = static_cast<std::uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
        buffers_->lent(++buffers_out_);
        if (standing.abandoned || cqe.res <= 0)
            give_back(buffer);
        else
            standing_.add(standing, buffer, static_cast<std::uint32_t>(cqe.res));
    }
    if ((cqe.flags & IORING_CQE_F_MORE) == 0) has_ended(standing, cqe.res);
    if (standing.abandoned) {
        if (standing.armed) return;
        --abandoned_;
        delete &standing;
    } else if (standing.waiting == nullptr) {
        if (standing.count >= kept_parts && standing.armed) stop(standing);
    } else if (standing.has_parts() || standing.end) {
        serve(standing, *std::exchange(standing.waiting, nullptr));
    } else if (!standing.armed) {
        submit_to_ring(*std::exchange(standing.waiting, nullptr));
    }
}

void UringKernel::has_ended(StandingReceive& standing, std::int32_t result) noexcept {
    standing.armed = standing.stopping = false;
    if (standing.linked()) standing.unlink();
    // That there was no buffer left is for who waits; who asks next will see for himself.
    bool concerns_nobody = result == -ENOBUFS && (standing.waiting == nullptr || standing.has_parts());
    if (result <= 0 && result != -ECANCELED && !concerns_nobody) standing.end = result;
}

// Out of what has come.
void UringKernel::serve(StandingReceive& standing, Operation& operation) noexcept {
    const Description& d = operation.description;
    Completion completion;
    if (!standing.has_parts()) {
        completion.result = *std::exchange(standing.end, std::nullopt);
        return complete(operation, completion);
    }
    std::uint32_t& size = standing_.first(standing).size;
    bool whole = d.provided_buffer;
    completion.result = static_cast<std::int32_t>(size);
    if (!d.provided_buffer) {
        std::span<std::byte> bytes = buffer(standing.first).first(size);
        std::size_t count = std::min<std::size_t>(d.length, size);
        std::memcpy(d.data, bytes.data(), count);
        completion.result = static_cast<std::int32_t>(count);
        whole = count == size;
        if ((d.flags & MSG_PEEK) != 0) return complete(operation, completion);
        size -= static_cast<std::uint32_t>(count);
        if (!whole) std::memmove(bytes.data(), bytes.data() + count, size);
    }
    if (whole) {
        completion.buffer = standing_.remove_first(standing);
        completion.has_buffer = d.provided_buffer;
        if (!d.provided_buffer) give_back(completion.buffer);
    }
    completion.more_to_receive = standing.has_parts();
    complete(operation, completion);
}

bool UringKernel::serve_from_standing() noexcept {
    bool any = !served_.empty();
    while (!served_.empty()) {
        Operation& operation = release(served_);
        serve(*standing_.find(operation.description.fd), operation);
    }
    return any;
}

// ---- closing ----

// The socket is about to be closed. True where a receive stands in the system, and keeps the socket until it is
// entered.
bool UringKernel::abandon_standing(int fd) noexcept {
    std::unique_ptr<StandingReceive> standing = standing_.take(fd);
    if (!standing) return false;
    if (standing->has_parts()) {
        // The system resets a connection with something unread; here it has been taken in, and is unread all the same.
        linger at_once{.l_onoff = 1, .l_linger = 0};
        set_option(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    while (standing->has_parts()) give_back(standing_.remove_first(*standing));
    if (!standing->armed) return false;
    standing->abandoned = true;
    ++abandoned_;
    stop(*standing.release());
    return true;
}

// In the end: their memory is the kernel's until it says that it has done with them.
void UringKernel::await_abandoned() noexcept {
    while (abandoned_ != 0) {
        submit_stops();
        system_enter(publish_entries(), 1, std::nullopt);
        dispatch();
    }
}

void UringKernel::close_now(int fd) noexcept {
    bool kept = abandon_standing(fd);
    SystemCalls::close_now(fd);
    if (kept) system_enter(publish_entries(), 0, std::nullopt, IORING_ENTER_GETEVENTS);
}

} // namespace corduroy::kernel
