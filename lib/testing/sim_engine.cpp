#include "testing/sim_engine.hpp"

#include <corduroy/async/inspect/task_tree.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <csignal>
#include <memory>
#include <string>

namespace corduroy::sim {

namespace {

// The signals that no program can catch.
constexpr std::uint64_t uncatchable = std::uint64_t{1} << (SIGKILL - 1) | std::uint64_t{1} << (SIGSTOP - 1);

// What a cancelled operation ends with: the bytes that a MSG_WAITALL transfer had moved are not forgotten.
std::int32_t cancelled_result(const Pending& pending) {
    return pending.done > 0 ? static_cast<std::int32_t>(pending.done) : -ECANCELED;
}

} // namespace

SimKernel::Engine::Engine(SimKernel& kernel, const SimOptions& options)
    : log(start, options.keep_log), random(options.seed), buffers(options.buffers, options.buffer_size),
      choices(~options.seed), network(ready, options.stream_buffer, now, timeline, log, choices), files(ready),
      kernel_(kernel), options_(options) {}

SimKernel::Engine::~Engine() { descriptors.clear(); }

// Signals are caught from the submission on, and no longer than until the cancel. A socket is of the host whose program
// is running now.
void SimKernel::Engine::submit(kernel::Operation& operation) {
    kernel::Opcode opcode = operation.description.opcode;
    if (opcode == kernel::Opcode::signal || opcode == kernel::Opcode::socket) return take_up(operation);
    submissions_.push_back({&operation, false});
}

void SimKernel::Engine::cancel(kernel::Operation& operation) {
    if (operation.description.opcode == kernel::Opcode::signal) return cancel_now(operation);
    if (operation.description.quiet) hasten();
    submissions_.push_back({&operation, true});
}

bool SimKernel::Engine::raise(int number) {
    std::uint64_t signal = std::uint64_t{1} << (number - 1);
    bool caught = false;
    for (Pending* pending : signals_) {
        const kernel::Description& description = pending->operation->description;
        if ((description.offset & signal) == 0 || pending->cancelled) continue;
        caught = true;
        auto& come = *static_cast<std::uint64_t*>(description.data);
        bool had_none = come == 0;
        come |= signal;
        if (had_none && pending->phase == Pending::Phase::parked) ready.wake(*pending);
    }
    return caught;
}

Duration SimKernel::Engine::thread_delay() {
    if (!options_.shuffle_completions) return options_.thread_time;
    return Duration(choices.below(static_cast<std::uint64_t>(options_.thread_time.count()) + 1));
}

void SimKernel::Engine::enter(std::optional<TimePoint> deadline) {
    run_until_something_completes(deadline);
    tell_quiet();
}

void SimKernel::Engine::run_until_something_completes(std::optional<TimePoint> deadline) {
    now += options_.turn_cost;
    take_up_submissions();
    timeline.run_due(now);
    if (chance(options_.edges.idle_returns, "idle return")) return;
    bool hastened = hastened_;
    if (submissions_.empty()) hastened_ = false;
    while (deliver() == 0) {
        if (woken_.exchange(false)) return;
        if (take_up_late_cancels()) continue;
        if (!submissions_.empty()) {
            take_up_submissions();
            continue;
        }
        if (hastened || (!quiet_.empty() && quiet_.size() == kernel_.in_flight())) return;
        std::optional<TimePoint> next = timeline.next();
        if (deadline && (!next || *deadline < *next)) {
            now = std::max(now, *deadline);
            note("deadline");
            return;
        }
        if (!next) report_deadlock();
        now = std::max(now, *next);
        note("clock");
        timeline.run_due(now);
    }
}

bool SimKernel::Engine::busy(int fd) const noexcept {
    auto object = descriptors.find(fd);
    if (!object) return false;
    if (object.use_count() > 2) return true; // more than the table and `object`: an operation holds it
    return std::any_of(submissions_.begin(), submissions_.end(), [fd](const Submission& submission) {
        if (submission.cancel) return false;
        const kernel::Description& description = submission.operation->description;
        bool on_descriptor = description.opcode != kernel::Opcode::nop && description.opcode != kernel::Opcode::timer &&
                             description.opcode != kernel::Opcode::open && description.opcode != kernel::Opcode::socket;
        return on_descriptor && description.fd == fd;
    });
}

// ---- taking up ----

void SimKernel::Engine::take_up_submissions() {
    for (unsigned room = options_.submission_queue; room > 0 && !submissions_.empty(); --room) {
        Submission submission = submissions_.front();
        submissions_.pop_front();
        if (!submission.cancel)
            take_up(*submission.operation);
        else if (auto found = pending_.find(submission.operation);
                 found != pending_.end() && chance(options_.edges.late_cancels, "late cancel"))
            late_cancels_.emplace_back(submission.operation, found->second.serial);
        else
            cancel_now(*submission.operation);
    }
}

bool SimKernel::Engine::take_up_late_cancels() {
    auto cancels = std::exchange(late_cancels_, {});
    for (auto [operation, serial] : cancels) {
        // It may have ended meanwhile, and its record be in use again.
        auto found = pending_.find(operation);
        if (found != pending_.end() && found->second.serial == serial) cancel_now(*operation);
    }
    return !cancels.empty();
}

bool SimKernel::Engine::chance(double share, std::string_view what) {
    if (share <= 0 || !choices.chance(share)) return false;
    note(what);
    return true;
}

// How many of so many bytes a transfer is to move at most.
std::size_t SimKernel::Engine::shortened(std::size_t length) {
    if (length < 2 || !chance(options_.edges.short_transfers, "short transfer")) return length;
    return 1 + choices.below(length - 1);
}

void SimKernel::Engine::take_up(kernel::Operation& operation) {
    const kernel::Description& description = operation.description;
    Pending& pending = add_pending(operation);
    note(kernel::opcode_name(description.opcode), pending.serial, description.fd, description.length,
         description.flags);
    switch (description.opcode) {
    case kernel::Opcode::nop:
    case kernel::Opcode::open:
    case kernel::Opcode::socket:
    case kernel::Opcode::close:
        break;
    case kernel::Opcode::signal:
        if ((description.offset & uncatchable) != 0) return finish(pending, -EINVAL);
        signals_.push_back(&pending);
        pending.phase = Pending::Phase::parked;
        return;
    case kernel::Opcode::timer:
        if (description.deadline > now) {
            pending.timer = timeline.schedule(description.deadline, [this, &pending] { finish(pending, 0); });
            return;
        }
        break;
    default:
        pending.object = descriptors.find(description.fd);
        if (!pending.object) return finish(pending, -EBADF);
        // What completes again and again is tried only when its turn to deliver has come, so that no change falls
        // between an attempt and its delivery.
        if (description.multishot || description.wait_first) return ready.wake(pending);
        break;
    }
    if (description.quiet)
        take_up_quiet(pending);
    else if (auto result = attempt(pending))
        finish(pending, *result);
    else
        park(pending);
}

// A success is kept back as long as it may be, so that whoever counts on hearing of it is found out.
void SimKernel::Engine::take_up_quiet(Pending& pending) {
    std::int32_t result =
        attempt(pending).value_or(pending.done > 0 ? static_cast<std::int32_t>(pending.done) : -EAGAIN);
    if (result < 0 || static_cast<std::size_t>(result) < pending.operation->description.length)
        return finish(pending, result);
    conclude(pending, result);
    quiet_.push_back(&pending);
}

void SimKernel::Engine::tell_quiet() {
    for (Pending* pending : std::exchange(quiet_, {})) hand_over(*pending);
}

Pending& SimKernel::Engine::add_pending(kernel::Operation& operation) {
    if (!spare_.empty()) {
        PendingMap::node_type node = std::move(spare_.back());
        spare_.pop_back();
        node.key() = &operation;
        pending_.insert(std::move(node));
    }
    Pending& pending = pending_[&operation];
    pending.operation = &operation;
    pending.serial = ++serial_;
    return pending;
}

// A cancel arrives after what it cancels, for both came through one queue; the record may have been used again since,
// and is then no further than that queue.
void SimKernel::Engine::cancel_now(kernel::Operation& operation) {
    auto found = pending_.find(&operation);
    if (found == pending_.end()) return;
    Pending& pending = found->second;
    note("cancel", pending.serial);
    switch (pending.phase) {
    case Pending::Phase::completed:
        return;
    case Pending::Phase::woken:
        pending.cancelled = true;
        return;
    case Pending::Phase::parked:
        break;
    }
    if (pending.operation->description.opcode == kernel::Opcode::signal)
        pending.cancelled = true;
    else if (pending.timer)
        timeline.withdraw(*pending.timer);
    else
        pending.unlink();
    finish(pending, cancelled_result(pending));
}

// ---- completing ----

void SimKernel::Engine::park(Pending& pending) {
    pending.phase = Pending::Phase::parked;
    if (pending.object) pending.object->park(pending); // one for signals is found by `raise`
}

void SimKernel::Engine::forget(Pending& pending) {
    if (pending.operation->description.opcode == kernel::Opcode::signal) std::erase(signals_, &pending);
    PendingMap::node_type node = pending_.extract(pending.operation);
    std::destroy_at(&pending);
    std::construct_at(&pending);
    spare_.push_back(std::move(node));
}

// Whether a multishot operation ends with this completion though nothing is wrong with it. One for signals never does:
// it is no io_uring operation.
bool SimKernel::Engine::multishot_over(const Pending& pending) {
    if (pending.operation->description.opcode == kernel::Opcode::signal) return false;
    if (ready.entries.size() >= options_.completion_queue) {
        note("completion queue overflow");
        return true;
    }
    return chance(options_.edges.multishot_ends, "multishot ends");
}

void SimKernel::Engine::conclude(Pending& pending, std::int32_t result) {
    pending.completion.result = result;
    pending.completion.more = pending.operation->description.multishot && result >= 0 && !multishot_over(pending);
    pending.phase = Pending::Phase::completed;
}

void SimKernel::Engine::finish(Pending& pending, std::int32_t result) {
    conclude(pending, result);
    ready.entries.push_back(&pending);
}

Pending& SimKernel::Engine::pick() {
    auto& entries = ready.entries;
    if (options_.shuffle_completions && entries.size() > 1) {
        std::size_t choice = choices.below(entries.size());
        note("pick", choice);
        std::swap(entries.front(), entries[choice]);
    }
    Pending& pending = *entries.front();
    entries.pop_front();
    return pending;
}

// Tries a woken operation again. False when it has to wait on.
bool SimKernel::Engine::settle(Pending& pending) {
    auto result = attempt(pending);
    if (!result && !pending.cancelled) {
        park(pending);
        return false;
    }
    conclude(pending, result ? *result : cancelled_result(pending));
    return true;
}

unsigned SimKernel::Engine::deliver() {
    unsigned count = 0;
    while (count < options_.completions_per_enter && !ready.entries.empty()) {
        Pending& pending = pick();
        if (pending.phase == Pending::Phase::woken && !settle(pending)) continue;
        ++count;
        hand_over(pending);
    }
    return count;
}

void SimKernel::Engine::hand_over(Pending& pending) {
    kernel::Operation& operation = *pending.operation;
    kernel::Completion completion = std::exchange(pending.completion, {});
    note(completion.more ? "more" : "complete", pending.serial, completion.result,
         contents(operation.description, completion));
    // All bookkeeping comes first: the handler may submit the operation again, or destroy it.
    if (!completion.more)
        forget(pending);
    else if (pending.cancelled)
        finish(pending, -ECANCELED);
    else if (operation.description.opcode == kernel::Opcode::accept)
        ready.wake(pending); // more may wait already
    else
        park(pending);
    kernel_.complete(operation, completion);
}

// What the bytes were that the operation moved; 0 where it moved none.
std::uint32_t SimKernel::Engine::contents(const kernel::Description& description,
                                          const kernel::Completion& completion) noexcept {
    using kernel::Opcode;
    bool moves_bytes = description.opcode == Opcode::receive || description.opcode == Opcode::send ||
                       description.opcode == Opcode::read || description.opcode == Opcode::write;
    if (!moves_bytes || completion.result <= 0) return 0;
    const void* bytes = completion.has_buffer ? buffers.bytes(completion.buffer).data() : description.data;
    return EventLog::digest({static_cast<const char*>(bytes), static_cast<std::size_t>(completion.result)});
}

void SimKernel::Engine::report_deadlock() const {
    std::vector<const Pending*> waiting;
    for (const auto& [operation, pending] : pending_) waiting.push_back(&pending);
    std::sort(waiting.begin(), waiting.end(), [](auto* a, auto* b) { return a->serial < b->serial; });

    std::string message = "deadlock: nothing can ever happen again; ";
    if (waiting.empty()) message += "no operation is in flight";
    static constexpr std::size_t shown = 16;
    for (std::size_t i = 0; i < std::min(waiting.size(), shown); ++i) {
        message += i == 0 ? "these wait: " : ", ";
        message += kernel::operation_text(waiting[i]->operation->description);
    }
    if (waiting.size() > shown) message += ", and " + std::to_string(waiting.size() - shown) + " more";
    if (const Reactor* reactor = Reactor::current_or_null()) {
        std::string tasks = TaskTree(*reactor).text();
        if (!tasks.empty()) message += "\n" + tasks;
    }
    throw Error(message);
}

} // namespace corduroy::sim
