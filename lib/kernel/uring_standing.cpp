// Receives that stand: one entry for all the receives of a socket.

#include "kernel/uring_kernel_impl.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <sys/socket.h>
#include <utility>

namespace corduroy::kernel {

namespace {

// With so many parts that nobody has asked for it ends: more waits in the socket, as it does where none stands. It
// takes in up to 32 before it hears of that.
constexpr unsigned kept_parts = 8;

} // namespace

// ---- asking ----

// True where the operation does not go to the system: what it wants has come, or will come, to a receive that stands.
bool UringKernel::receive_standing(Operation& operation) noexcept {
    const Description& d = operation.description;
    StandingReceive* standing = standing_.find(d.fd);
    bool may_begin = d.standing && d.provided_buffer && d.flags == 0 && d.fd >= 0;
    if (standing == nullptr && may_begin) standing = standing_.make(d.fd);
    if (standing == nullptr || standing->waiting != nullptr) return false;
    if (standing->has_bytes() || standing->end) {
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

bool UringKernel::quiet(int fd) const noexcept {
    const StandingReceive* standing = fd >= 0 ? standing_.find(fd) : nullptr;
    return standing != nullptr && standing->armed && !standing->has_bytes() && !standing->end;
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
        bool crowded = 2 * buffers_out_ > options_.buffers;
        if (standing.armed && (crowded || standing.count >= kept_parts)) stop(standing);
        if (crowded) put_aside(standing);
    } else if (standing.has_bytes() || standing.end) {
        serve(standing, *std::exchange(standing.waiting, nullptr));
    } else if (!standing.armed) {
        submit_to_ring(*std::exchange(standing.waiting, nullptr));
    }
}

void UringKernel::has_ended(StandingReceive& standing, std::int32_t result) noexcept {
    standing.armed = standing.stopping = false;
    if (standing.linked()) standing.unlink();
    // That there was no buffer left is for who wants one; who asks next will see for himself.
    bool concerns_nobody =
        result == -ENOBUFS && (standing.waiting == nullptr || !standing.waiting->description.provided_buffer);
    if (result <= 0 && result != -ECANCELED && !concerns_nobody) standing.end = result;
}

// So that those who do not read have no buffers that others need. Where there is no memory for that they keep them.
void UringKernel::put_aside(StandingReceive& standing) noexcept {
    try {
        while (standing.has_parts()) {
            const StandingReceives::Part& part = standing_.first(standing);
            auto bytes = buffer(standing.first).subspan(part.from, part.size);
            standing.aside.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            give_back(standing_.remove_first(standing));
        }
    } catch (const std::bad_alloc&) {
    }
}

// Out of what has come.
void UringKernel::serve(StandingReceive& standing, Operation& operation) noexcept {
    const Description& d = operation.description;
    Completion completion;
    if (!standing.has_bytes()) {
        completion.result = *std::exchange(standing.end, std::nullopt);
    } else if (!d.provided_buffer) {
        completion.result = static_cast<std::int32_t>(copy_out(standing, d));
    } else if (standing.has_aside()) {
        completion.result = -ENOBUFS; // it lies in none any more
    } else {
        const StandingReceives::Part& part = standing_.first(standing);
        std::byte* bytes = buffer(standing.first).data();
        if (part.from != 0) std::memmove(bytes, bytes + part.from, part.size);
        completion.result = static_cast<std::int32_t>(part.size);
        completion.buffer = standing_.remove_first(standing);
        completion.has_buffer = true;
    }
    completion.more_to_receive = standing.has_bytes();
    complete(operation, completion);
}

// Into memory of the receiver's own, out of what lies aside or out of one part; gives how much.
std::size_t UringKernel::copy_out(StandingReceive& standing, const Description& d) noexcept {
    bool takes = (d.flags & MSG_PEEK) == 0;
    if (standing.has_aside()) {
        std::string& aside = standing.aside;
        std::size_t count = std::min(d.length, aside.size() - standing.aside_from);
        std::memcpy(d.data, aside.data() + standing.aside_from, count);
        if (takes) standing.aside_from += count;
        if (standing.aside_from == aside.size()) {
            aside = std::string();
            standing.aside_from = 0;
        }
        return count;
    }
    StandingReceives::Part& part = standing_.first(standing);
    std::size_t count = std::min<std::size_t>(d.length, part.size);
    std::memcpy(d.data, buffer(standing.first).data() + part.from, count);
    if (!takes) return count;
    part.from += static_cast<std::uint32_t>(count);
    part.size -= static_cast<std::uint32_t>(count);
    if (part.size == 0) give_back(standing_.remove_first(standing));
    return count;
}

bool UringKernel::serve_from_standing() noexcept {
    bool any = !served_.empty();
    OperationList served; // those that come to it meanwhile are served by the entry after this
    served.take_all(served_);
    while (!served.empty()) {
        Operation& operation = release(served);
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
    if (standing->has_bytes()) {
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
        check_entered(system_enter(publish_entries(), 1, std::nullopt));
        dispatch();
    }
}

// A receive that stands holds on to the socket until it has been told, which is before the number is anybody else's.
void UringKernel::close_now(int fd) noexcept {
    if (abandon_standing(fd)) system_enter(publish_entries(), 0, std::nullopt);
    SystemCalls::close_now(fd);
}

} // namespace corduroy::kernel
