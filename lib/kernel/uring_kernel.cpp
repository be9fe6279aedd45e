#include "kernel/uring_kernel_impl.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/base/fatal.hpp>

#include "kernel/ring_memory.hpp"
#include "kernel/uring_constants.hpp"
#include "kernel/uring_diagnosis.hpp"

#include <cerrno>
#include <poll.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace corduroy::kernel {

namespace {

// Of a write that the system breaks off, for the disk is full or a limit reached, it tells how much went before, and
// leaves the file's own position where it was (io_uring, to 6.18 at least): the rest would then be written over that,
// and succeed. A position that is at the file's end has moved.
void pass_over_written(const Description& write, int count) noexcept {
    bool short_of_it = count > 0 && static_cast<std::size_t>(count) < write.length;
    if (!short_of_it || write.offset != current_position) return;
    struct stat file{};
    off_t place = ::lseek(write.fd, 0, SEEK_CUR);
    if (place < 0 || ::fstat(write.fd, &file) != 0 || !S_ISREG(file.st_mode) || place >= file.st_size) return;
    static_cast<void>(::lseek(write.fd, count, SEEK_CUR));
}

} // namespace

std::unique_ptr<Kernel> make_uring_kernel(const UringOptions& options) {
    return std::make_unique<UringKernel>(options);
}

UringKernel::UringKernel(const UringOptions& options) : options_(options), standing_(options.buffers) {
    unsigned entries = set_up_ring();
    wake_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int error = errno;
    try {
        if (wake_fd_ < 0) throw IoError("eventfd", error);
        timespecs_.resize(entries);
        buffers_.emplace(ring_, options_.buffers, options_.buffer_size);
    } catch (...) {
        ring_memory_unmapped();
        io_uring_queue_exit(&ring_);
        if (wake_fd_ >= 0) ::close(wake_fd_);
        throw;
    }
}

UringKernel::~UringKernel() {
    close_owed();
    if (in_flight() != 0) fatal("a kernel was destroyed with operations in flight");
    await_abandoned();
    buffers_.reset();
    ring_memory_unmapped();
    io_uring_queue_exit(&ring_);
    ::close(wake_fd_);
    if (guest_fd_ >= 0) ::close(guest_fd_);
}

// How many entries its queue has.
unsigned UringKernel::set_up_ring() {
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                   IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
    params.cq_entries = options_.completion_entries;
    if (int error = io_uring_queue_init_params(options_.submission_entries, &ring_, &params); error < 0) {
        std::string reason = describe_refusal(-error);
        throw IoError("io_uring_setup" + (reason.empty() ? "" : " (" + reason + ")"), -error);
    }
    ring_memory_mapped();
    // Newer liburing keeps this identity map itself, liburing 2.3 rewrites it at each submit; with it filled once, an
    // entry is published by moving the tail alone, whichever version made the ring.
    if ((ring_.flags & uring::setup_no_sqarray) == 0)
        for (unsigned i = 0; i < params.sq_entries; ++i) ring_.sq.array[i] = i;
    if (io_uring_register_ring_fd(&ring_) == 1) enter_flags_ |= IORING_ENTER_REGISTERED_RING;
    if (params.features & uring::feature_no_iowait) enter_flags_ |= uring::enter_no_iowait;
    absolute_deadlines_ = (params.features & uring::feature_min_timeout) != 0;
    socket_commands_ = (params.features & uring::feature_bundles) != 0;
    io_uring_ring_dontfork(&ring_);
    return params.sq_entries;
}

void UringKernel::submit(Operation& operation) noexcept {
    begin(operation);
    if (operation.description.opcode == Opcode::signal) return watch_signals(operation);
    if (operation.description.opcode == Opcode::receive && receive_standing(operation)) return;
    submit_to_ring(operation);
}

void UringKernel::submit_to_ring(Operation& operation) noexcept {
    if (!held_.empty()) return hold(held_, operation); // first come, first served
    if (io_uring_sqe* entry = take_entry())
        put(*entry, operation);
    else
        hold(held_, operation);
}

void UringKernel::put(io_uring_sqe& entry, Operation& operation) noexcept {
    const Description& description = operation.description;
    bool speaks_first = description.opcode == Opcode::connect && description.speaks_first;
    describe(speaks_first ? save_acknowledgement(entry, description.fd) : entry, operation);
    if (!description.quiet) return;
    quiet_.push_back(operation);
    ++quiet_count_;
}

void UringKernel::cancel(Operation& operation) noexcept {
    if (!ask_cancel(operation)) return;
    if (operation.description.opcode == Opcode::signal) return unwatch_signals(operation);
    if (held(operation)) {
        release(operation);
        return hold(cancelled_, operation);
    }
    if (operation.description.quiet) return hasten(); // it is over then
    if (operation.description.opcode == Opcode::receive && leave_standing(operation))
        return hold(cancelled_, operation);
    if (io_uring_sqe* entry = take_entry())
        describe_cancel(*entry, operation);
    else
        cancels_.push_back(operation);
}

void UringKernel::wake() noexcept {
    std::uint64_t one = 1;
    [[maybe_unused]] auto written = ::write(wake_fd_, &one, sizeof one);
}

int UringKernel::descriptor() noexcept {
    // Not the ring's own descriptor: Linux 6.18 was seen to lose the first wake-up of who polls that.
    if (guest_fd_ >= 0) return guest_fd_;
    guest_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (guest_fd_ < 0) return -1;
    if (io_uring_register_eventfd(&ring_, guest_fd_) < 0) {
        ::close(std::exchange(guest_fd_, -1)); // nobody would ever signal it
        return -1;
    }
    if (something_ready() || io_uring_cq_ready(&ring_) != 0) ::eventfd_write(guest_fd_, 1);
    return guest_fd_;
}

void UringKernel::enter(std::optional<TimePoint> deadline) {
    take_up_held();
    if (eventfd_t count; guest_fd_ >= 0) ::eventfd_read(guest_fd_, &count); // what comes from here on signals anew
    bool delivered = complete_cancelled();
    if (serve_from_standing()) delivered = true;
    arm_wake();
    unsigned to_submit = publish_entries();
    std::size_t unwaited = quiet_count_ + closes_;
    bool hastened = hastened_ || (unwaited != 0 && unwaited == in_flight());
    bool wait =
        !delivered && !hastened && (!deadline || *deadline > TimePoint::min()) && io_uring_cq_ready(&ring_) == 0;
    if (wait || to_submit != 0 || something_ready()) {
        check_entered(system_enter(to_submit, wait ? 1 : 0, wait ? deadline : std::nullopt));
    }
    note_taken_up();
    dispatch();
    tell_quiet();
    // What was asked for since is for another entry, which whoever drives this kernel must know of.
    bool more =
        !served_.empty() || !cancelled_.empty() || ring_.sq.sqe_tail != io_uring_smp_load_acquire(ring_.sq.khead);
    if (guest_fd_ >= 0 && more) ::eventfd_write(guest_fd_, 1);
    if (!signals_.empty()) deliver_signals();
}

// A free queue entry, having made room by submitting where the queue was full; null where the kernel takes no more
// until completions are reaped.
io_uring_sqe* UringKernel::take_entry() noexcept {
    if (io_uring_sqe* entry = io_uring_get_sqe(&ring_)) return entry;
    system_enter(publish_entries(), 0, std::nullopt);
    return io_uring_get_sqe(&ring_);
}

void UringKernel::arm_wake() noexcept {
    if (wake_armed_) return;
    io_uring_sqe* entry = take_entry();
    if (entry == nullptr) return;
    io_uring_prep_poll_multishot(entry, wake_fd_, POLLIN);
    entry->user_data = woken;
    wake_armed_ = true;
}

void UringKernel::take_up_held() noexcept {
    while (!cancels_.empty()) {
        io_uring_sqe* entry = take_entry();
        if (entry == nullptr) return;
        describe_cancel(*entry, cancels_.pop_front());
    }
    submit_stops();
    while (!held_.empty()) {
        io_uring_sqe* entry = take_entry();
        if (entry == nullptr) return;
        put(*entry, release(held_));
    }
}

bool UringKernel::complete_cancelled() noexcept {
    bool any = !cancelled_.empty() || !refused_.empty();
    while (!refused_.empty()) complete(release(refused_), {.result = -EINVAL});
    while (!cancelled_.empty()) complete(release(cancelled_), {.result = -ECANCELED});
    return any;
}

unsigned UringKernel::publish_entries() noexcept {
    io_uring_sq& queue = ring_.sq;
    queue.sqe_head = queue.sqe_tail;
    io_uring_smp_store_release(queue.ktail, queue.sqe_tail);
    return queue.sqe_tail - io_uring_smp_load_acquire(queue.khead);
}

// What is not told of is done when it is out of the queue: a send that must not wait (MSG_DONTWAIT) is given to no
// worker and to no poll, and the completion of one that failed or fell short is posted before its entry is given back;
// nor is a socket's close given to a worker, for sockets have nothing to flush.
void UringKernel::note_taken_up() noexcept {
    if (io_uring_smp_load_acquire(ring_.sq.khead) != ring_.sq.sqe_tail) return;
    if (held_.empty()) hastened_ = false;
    quiet_done_.take_all(quiet_);
    have_done(std::exchange(closes_, 0));
}

bool UringKernel::something_ready() const noexcept {
    return (IO_URING_READ_ONCE(*ring_.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

// EBUSY and EAGAIN: completions must be reaped before more is taken up; what was not submitted stays queued.
void UringKernel::check_entered(int result) noexcept {
    if (result >= 0 || result == -ETIME || result == -EINTR || result == -EBUSY || result == -EAGAIN) return;
    if (result == -EEXIST) fatal("a reactor was used from a thread that is not its own");
    fatal("io_uring_enter failed: " + errno_message(-result));
}

int UringKernel::system_enter(unsigned to_submit, unsigned wait_for, std::optional<TimePoint> deadline) noexcept {
    entered();
    unsigned flags = enter_flags_;
    // A receive of a closed socket that is told to end lets go of it only as it completes.
    if (wait_for != 0 || abandoned_ != 0 || something_ready()) flags |= IORING_ENTER_GETEVENTS;
    __kernel_timespec timeout{};
    io_uring_getevents_arg argument{};
    argument.sigmask_sz = _NSIG / 8;
    if (wait_for != 0 && deadline) {
        if (absolute_deadlines_) {
            flags |= uring::enter_absolute_timer;
            timeout = to_timespec(*deadline);
        } else {
            timeout = to_timespec(TimePoint(*deadline - SystemCalls::now()));
        }
        argument.ts = reinterpret_cast<std::uintptr_t>(&timeout);
        flags |= IORING_ENTER_EXT_ARG;
        return io_uring_enter2(static_cast<unsigned>(ring_.enter_ring_fd), to_submit, wait_for, flags,
                               reinterpret_cast<sigset_t*>(&argument), sizeof argument);
    }
    return io_uring_enter2(static_cast<unsigned>(ring_.enter_ring_fd), to_submit, wait_for, flags, nullptr, _NSIG / 8);
}

void UringKernel::dispatch() noexcept {
    // What completes because of what handlers submit waits for the next turn.
    unsigned count = io_uring_cq_ready(&ring_);
    for (unsigned i = 0; i < count; ++i) {
        io_uring_cqe cqe = ring_.cq.cqes[*ring_.cq.khead & *ring_.cq.kring_mask];
        io_uring_cq_advance(&ring_, 1);
        deliver(cqe);
    }
}

void UringKernel::deliver(const io_uring_cqe& cqe) noexcept {
    bool more = (cqe.flags & IORING_CQE_F_MORE) != 0;
    if (cqe.user_data < first_record) {
        if (cqe.user_data == woken && !more) wake_armed_ = false;
        return;
    }
    if ((cqe.user_data & StandingReceive::mark) != 0)
        return deliver_standing(*reinterpret_cast<StandingReceive*>(cqe.user_data - StandingReceive::mark), cqe);
    auto& operation = *reinterpret_cast<Operation*>(cqe.user_data);
    Completion completion;
    completion.result = cqe.res;
    completion.more = more;
    completion.has_buffer = (cqe.flags & IORING_CQE_F_BUFFER) != 0;
    if (completion.has_buffer) buffers_->lent(++buffers_out_);
    completion.more_to_receive = (cqe.flags & IORING_CQE_F_SOCK_NONEMPTY) != 0;
    completion.buffer = static_cast<std::uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
    if (operation.description.opcode == Opcode::timer && cqe.res == -ETIME) completion.result = 0;
    if (operation.description.opcode == Opcode::write) pass_over_written(operation.description, cqe.res);
    if (!more && listed(operation)) {
        // Either its cancel is still queued in user space and must not outlive it; or it is a quiet one that failed.
        unlist(operation);
        if (operation.description.quiet) --quiet_count_;
    }
    complete(operation, completion);
}

// A failure would have come in the queue of completions, unless that has overflowed.
void UringKernel::tell_quiet() noexcept {
    if (quiet_done_.empty() || (IO_URING_READ_ONCE(*ring_.sq.kflags) & IORING_SQ_CQ_OVERFLOW) != 0) return;
    OperationList done;
    done.take_all(quiet_done_);
    while (!done.empty()) {
        Operation& operation = done.pop_front();
        --quiet_count_;
        complete(operation, {.result = static_cast<std::int32_t>(length_at_most(operation.description.length))});
    }
}

} // namespace corduroy::kernel
