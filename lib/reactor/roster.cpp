#include <corduroy/reactor/roster.hpp>

#include <corduroy/reactor/reactor.hpp>

#include <sched.h>
#include <unistd.h>

namespace corduroy {

constinit std::atomic_flag RosterEntry::changing{};
constinit RosterEntry* RosterEntry::first = nullptr;

RosterEntry::RosterEntry(Reactor& reactor) noexcept : Posted(&run), reactor_(reactor), thread_(::gettid()) {
    lock();
    next_ = first;
    if (next_ != nullptr) next_->link_ = &next_;
    first = this;
    changing.clear(std::memory_order_release);
}

RosterEntry::~RosterEntry() {
    lock();
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
    changing.clear(std::memory_order_release);
}

void RosterEntry::ask(Look look) noexcept {
    if (look_.exchange(look, std::memory_order_acq_rel) == nullptr) reactor_.post(*this);
}

void RosterEntry::run(Posted& posted) noexcept {
    auto& self = static_cast<RosterEntry&>(posted);
    self.look_.exchange(nullptr, std::memory_order_acq_rel)(self.reactor_);
}

void RosterEntry::lock() noexcept {
    while (changing.test_and_set(std::memory_order_acquire)) ::sched_yield();
}

} // namespace corduroy
