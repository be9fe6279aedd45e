#include "async/deferred/deferred_run.hpp"

#include <corduroy/async/deferred/deferred_wait.hpp>

namespace corduroy::detail {

void DeferredCore::run() noexcept {
    DeferredRun run;
    run.from(*this);
}

void DeferredRun::from(DeferredCore& first) noexcept {
    DeferredRef<DeferredCore> root(&first);
    do {
        DeferredRef<DeferredCore> last = go_on(std::move(root));
        if (!last->hands_out()) {
            if (last->called()) last->release_waiter();
        } else if (DeferredWait* wait = std::exchange(last->wait_, nullptr)) {
            wait->ended();
        } else if (last->kind_ == DeferredCore::Kind::shared) {
            begin_branches(*last);
        }
        root = next_root();
    } while (root);
}

// Runs callback after callback; gives the state where that ends: the last one, or one that waits.
DeferredRef<DeferredCore> DeferredRun::go_on(DeferredRef<DeferredCore> current) noexcept {
    while (current->hands_out() && current->next_ != nullptr) {
        DeferredRef<DeferredCore> next(std::exchange(current->next_, nullptr));
        next->release(); // what next_ held
        next->before_ = nullptr;
        current = DeferredRef<DeferredCore>(next->step(*current));
    }
    return current;
}

void DeferredRun::begin_branches(DeferredCore& shared) noexcept {
    DeferredBranches& branches = *shared.branches();
    if (branches.self_) return; // a run around this one is at it
    branches.self_ = DeferredRef<DeferredCore>(&shared);
    branches.below_ = std::exchange(branches_, &branches);
}

DeferredRef<DeferredCore> DeferredRun::next_root() noexcept {
    while (branches_ != nullptr) {
        if (DeferredRef<DeferredCore> branch = branches_->settle_next()) return branch;
        DeferredBranches& done = *std::exchange(branches_, branches_->below_);
        DeferredRef<DeferredCore> self = std::exchange(done.self_, {});
    }
    if (abandoned_ == nullptr) return {};
    DeferredRef<DeferredCore> core(abandoned_);
    abandoned_ = std::exchange(core->before_, nullptr);
    core->release(); // what the list held
    return core;
}

} // namespace corduroy::detail
