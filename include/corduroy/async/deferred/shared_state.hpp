#pragma once

#include <corduroy/async/deferred/deferred_state.hpp>
#include <corduroy/base/intrusive_list.hpp>

#include <source_location>
#include <type_traits>
#include <utility>

namespace corduroy::detail {

// The branches of a shared state, as those who run callbacks see them.
class DeferredBranches {
protected:
    ~DeferredBranches() = default;

    // Whether callbacks of branches are being run: those that are added then wait for their turn.
    bool being_run() const noexcept { return static_cast<bool>(self_); }

private:
    friend class DeferredRun;

    // Gives the first branch in line its result, and gives that branch; null where there is none.
    virtual DeferredRef<DeferredCore> settle_next() noexcept = 0;

    DeferredRef<DeferredCore> self_;    // the shared state, while it is being run
    DeferredBranches* below_ = nullptr; // whose turn it is again when these are done
};

// How a branch sees the value of a Deferred<T> that is shared.
template <class T>
using SharedValue = std::conditional_t<std::is_void_v<T>, void, std::add_lvalue_reference_t<std::add_const_t<T>>>;

template <class T>
class SharedState;

// One of several who take the result of a shared state: the beginning of a chain, or what a coroutine waits for. It
// keeps the value alive.
template <class T>
class BranchState final : public DeferredState<SharedValue<T>>, public ListNode<BranchState<T>> {
public:
    BranchState(SharedState<T>& shared, const std::source_location& site)
        : DeferredState<SharedValue<T>>(shared, site, DeferredCore::Kind::branch), shared_(&shared) {}

private:
    friend class SharedState<T>;

    const DeferredCore* waits_for() const noexcept override { return shared_.get(); }
    // Only this branch ends; the others, and the work behind them all, go on.
    void cancel_source(const std::source_location& site) noexcept override {
        DeferredRef<DeferredCore> listed = shared_->remove(*this);
        DeferredCore::cancel_source(site);
    }

    DeferredRef<SharedState<T>> shared_;
};

// The state behind a SharedDeferred<T>: keeps the result, and hands it to branches in the order in which they were
// made.
template <class T>
class SharedState final : public DeferredState<T>, public DeferredBranches {
public:
    SharedState(const DeferredState<T>& before, const std::source_location& site)
        : DeferredState<T>(before, site, DeferredCore::Kind::shared) {}

    // A new branch, which has its result at once where that is there and no other is in line before it.
    DeferredRef<BranchState<T>> branch(const std::source_location& site) {
        this->check_thread();
        DeferredRef<BranchState<T>> branch(new BranchState<T>(*this, site));
        branch->retain(); // for the list
        branches_.push_back(*branch);
        if (this->called() && !this->being_run()) this->run();
        return branch;
    }

private:
    friend class BranchState<T>;

    DeferredCore* step(DeferredCore& from) noexcept override {
        this->take_result(static_cast<DeferredState<T>&>(from));
        return this;
    }
    DeferredBranches* branches() noexcept override { return this; }

    DeferredRef<DeferredCore> settle_next() noexcept override {
        if (branches_.empty()) return {};
        BranchState<T>& branch = branches_.front();
        DeferredRef<DeferredCore> listed = remove(branch);
        if (!this->has_value())
            branch.copy_failure(*this);
        else if constexpr (std::is_void_v<T>)
            branch.set_value();
        else
            branch.set_value(this->value());
        return listed;
    }

    // Takes it off the list; gives what the list held.
    DeferredRef<DeferredCore> remove(BranchState<T>& branch) noexcept {
        DeferredRef<DeferredCore> listed(&branch);
        branch.unlink();
        branch.release();
        return listed;
    }

    IntrusiveList<BranchState<T>, BranchState<T>> branches_;
};

} // namespace corduroy::detail
