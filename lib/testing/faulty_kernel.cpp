#include <corduroy/testing/faulty_kernel.hpp>

#include "testing/sweep_watch.hpp"

#include <corduroy/base/fatal.hpp>

#include <cerrno>
#include <functional>
#include <sys/socket.h>

namespace corduroy::testing {

using kernel::Completion;
using kernel::Description;
using kernel::Opcode;
using kernel::Operation;
using sweep::Unwatched;
using sweep::Watched;

// Stands in the inner kernel for an operation of the program's, from its submission to its last completion; and a
// moment longer, where a cancel is still to be heard of.
class FaultyKernel::Proxy final : public Operation, public ListNode<Proxy> {
public:
    Proxy(FaultyKernel& owner, Operation& operation, const Fault* fault)
        : Operation(&ended), owner_(owner), operation_(operation) {
        if (fault != nullptr) fault_.emplace(*fault);
        owner_.proxies_.push_back(*this);
    }
    ~Proxy() { ListNode<Proxy>::unlink(); }

    // An operation may be submitted again as soon as it has completed: then the next proxy stands for it.
    bool stands_for(const Operation& operation) const noexcept { return &operation_ == &operation && !over_; }
    const Operation& operation() const noexcept { return operation_; }
    bool over() const noexcept { return over_; }

    void begin() noexcept {
        description = operation_.description;
        description.standing = false; // so that each receive is the inner kernel's own, and can be shortened
        if (!fault_) return submit();
        switch (fault_->kind()) {
        case Fault::Kind::error:
            description = {};
            break;
        case Fault::Kind::shorten:
            description.length = fault_->most();
            description.quiet = false; // for that is told at once
            description.flags &= ~static_cast<std::uint32_t>(MSG_WAITALL);
            break;
        case Fault::Kind::delay:
            stage_ = Stage::delayed;
            return wait(fault_->time());
        case Fault::Kind::hold:
        case Fault::Kind::deaf:
            break;
        }
        submit();
    }

    void cancel() noexcept {
        if (stage_ == Stage::submitted && fault_ && fault_->kind() == Fault::Kind::deaf) {
            cancel_timer_.description.deadline = owner_.inner_->now() + fault_->time();
            owner_.inner_->submit(cancel_timer_);
        } else {
            owner_.inner_->cancel(*this);
        }
    }

private:
    enum class Stage : std::uint8_t { submitted, delayed, held };

    struct CancelTimer final : Operation {
        explicit CancelTimer(Proxy& proxy_to_cancel) noexcept : Operation(&ended), proxy(proxy_to_cancel) {
            description.opcode = Opcode::timer;
        }
        static void ended(Operation& operation, const Completion&) noexcept {
            Proxy& proxy = static_cast<CancelTimer&>(operation).proxy;
            if (proxy.over_)
                delete &proxy;
            else
                proxy.owner_.inner_->cancel(proxy);
        }
        Proxy& proxy;
    };

    void submit() noexcept {
        stage_ = Stage::submitted;
        owner_.inner_->submit(*this);
    }
    void wait(Duration time) noexcept {
        description = {};
        description.opcode = Opcode::timer;
        description.deadline = owner_.inner_->now() + time;
        owner_.inner_->submit(*this);
    }

    static void ended(Operation& operation, const Completion& completion) noexcept {
        auto& self = static_cast<Proxy&>(operation);
        switch (self.stage_) {
        case Stage::submitted:
            return self.submission_ended(completion);
        case Stage::delayed:
            if (completion.result < 0) return self.finish(completion);
            self.description = self.operation_.description;
            self.description.quiet = false; // who has the kernel hasten did so before
            return self.submit();
        case Stage::held:
            return self.finish(self.held_);
        }
    }

    void submission_ended(const Completion& completion) noexcept {
        if (fault_ && fault_->kind() == Fault::Kind::error) return finish({.result = -fault_->error_number()});
        if (!fault_ || fault_->kind() != Fault::Kind::hold) return finish(completion);
        held_ = completion;
        stage_ = Stage::held;
        wait(fault_->time());
        if (owner_.on_held_) owner_.on_held_();
    }

    // By value: what was held back goes with this record.
    void finish(Completion completion) noexcept {
        FaultyKernel& owner = owner_;
        Operation& operation = operation_;
        if (!completion.more) {
            over_ = true;
            if (cancel_timer_.in_flight())
                owner.inner_->cancel(cancel_timer_);
            else
                delete this;
        }
        owner.finish(operation, completion);
    }

    FaultyKernel& owner_;
    Operation& operation_;
    std::optional<Fault> fault_;
    CancelTimer cancel_timer_{*this};
    Stage stage_ = Stage::submitted;
    bool over_ = false;
    Completion held_;
};

FaultyKernel::FaultyKernel(std::unique_ptr<kernel::Kernel> inner) : inner_(std::move(inner)) {}

FaultyKernel::~FaultyKernel() {
    if (in_flight() != 0) fatal("a kernel was destroyed with operations in flight");
    while (!proxies_.empty()) inner_->enter(std::nullopt); // cancels that nobody waits for any more
}

void FaultyKernel::refuse_sockets(int error, std::uint64_t after, std::uint64_t count) noexcept {
    socket_error_ = error;
    sockets_before_ = after;
    sockets_refused_ = count;
}

const Description* FaultyKernel::working_on(const void* begin, const void* end) const noexcept {
    const Description* found = nullptr;
    std::less<const void*> before;
    const_cast<IntrusiveList<Proxy, Proxy>&>(proxies_).for_each([&](Proxy& proxy) {
        if (proxy.over()) return;
        const Description& d = proxy.operation().description;
        const void* data_end = static_cast<const std::byte*>(d.data) + (d.data != nullptr ? d.length : 0);
        const void* record = &proxy.operation();
        bool in_record = !before(record, begin) && before(record, end);
        bool in_data = d.data != nullptr && before(d.data, end) && before(begin, data_end);
        if (in_record || in_data) found = &d;
    });
    return found;
}

const Fault* FaultyKernel::choose(const Description& description) noexcept {
    if (filter_ && !filter_(description)) return nullptr;
    const Fault* chosen = nullptr;
    for (Fault& fault : faults_)
        if (fault.suits(description) && fault.strikes() && chosen == nullptr) chosen = &fault;
    if (chosen != nullptr) ++strikes_;
    if (watch_) watch_(description, chosen);
    return chosen;
}

void FaultyKernel::submit(Operation& operation) noexcept {
    Unwatched simulating;
    begin(operation);
    (new Proxy(*this, operation, choose(operation.description)))->begin();
}

void FaultyKernel::cancel(Operation& operation) noexcept {
    Unwatched simulating;
    if (!ask_cancel(operation)) return;
    Proxy* found = nullptr;
    proxies_.for_each([&](Proxy& proxy) {
        if (proxy.stands_for(operation)) found = &proxy;
    });
    found->cancel();
}

void FaultyKernel::enter(std::optional<TimePoint> deadline) {
    Unwatched simulating;
    entered();
    inner_->enter(deadline);
}

void FaultyKernel::finish(Operation& operation, const Completion& completion) noexcept {
    Watched program;
    complete(operation, completion);
}

int FaultyKernel::socket(int family, int type, int protocol) noexcept {
    Unwatched simulating;
    if (sockets_before_ != 0) {
        --sockets_before_;
    } else if (sockets_refused_ != 0) {
        --sockets_refused_;
        return -socket_error_;
    }
    return inner_->socket(family, type, protocol);
}

int FaultyKernel::socket_pair(int family, int type, int (&descriptors)[2]) noexcept {
    Unwatched simulating;
    return inner_->socket_pair(family, type, descriptors);
}

int FaultyKernel::bind(int fd, const sockaddr* address, socklen_t length) noexcept {
    Unwatched simulating;
    return inner_->bind(fd, address, length);
}

int FaultyKernel::listen(int fd, int backlog) noexcept {
    Unwatched simulating;
    return inner_->listen(fd, backlog);
}

int FaultyKernel::set_option(int fd, int level, int name, const void* value, socklen_t length) noexcept {
    Unwatched simulating;
    return inner_->set_option(fd, level, name, value, length);
}

int FaultyKernel::get_option(int fd, int level, int name, void* value, socklen_t& length) noexcept {
    Unwatched simulating;
    return inner_->get_option(fd, level, name, value, length);
}

int FaultyKernel::rename(const char* from, const char* to) noexcept {
    Unwatched simulating;
    return inner_->rename(from, to);
}

int FaultyKernel::local_address(int fd, sockaddr* address, socklen_t& length) noexcept {
    Unwatched simulating;
    return inner_->local_address(fd, address, length);
}

int FaultyKernel::peer_address(int fd, sockaddr* address, socklen_t& length) noexcept {
    Unwatched simulating;
    return inner_->peer_address(fd, address, length);
}

void FaultyKernel::close_now(int fd) noexcept {
    Unwatched simulating;
    inner_->close_now(fd);
}

void FaultyKernel::close_soon(int fd) noexcept {
    Unwatched simulating;
    inner_->close_soon(fd);
}

} // namespace corduroy::testing
