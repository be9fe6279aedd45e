#include <corduroy/async/generator/cooperator.hpp>

#include <corduroy/base/frame_pool.hpp>
#include <corduroy/reactor/reactor.hpp>
#include <corduroy/reactor/ready.hpp>
#include <corduroy/reactor/service.hpp>

namespace corduroy {

namespace {

class SharedCooperator final : public Service {
public:
    explicit SharedCooperator(Reactor&) {}
    void stop() noexcept override {}

    Cooperator cooperator;
};

} // namespace

// Stands in the ready queue behind whoever has its turn, and gives the next one his. Its memory is its own, as there is
// no way to leave that queue.
class Cooperator::Rounds : public Ready {
public:
    explicit Rounds(Cooperator& cooperator) noexcept : Ready(&run), cooperator_(&cooperator) {}

    void enqueue() noexcept {
        queued_ = true;
        Reactor::current().enqueue(*this);
    }
    bool queued() const noexcept { return queued_; }

    void forget_cooperator() noexcept {
        cooperator_ = nullptr;
        if (!queued_) delete this;
    }

private:
    static void run(Ready& ready) noexcept {
        auto& self = static_cast<Rounds&>(ready);
        self.queued_ = false;
        if (self.cooperator_ != nullptr)
            self.cooperator_->go_round();
        else
            delete &self;
    }

    Cooperator* cooperator_;
    bool queued_ = false;
};

Cooperator::Cooperator(Duration slice)
    : TimerNode([](TimerNode& timer) noexcept { static_cast<Cooperator&>(timer).begin_slice(); }), slice_(slice),
      rounds_(new Rounds(*this)) {}

Cooperator::~Cooperator() {
    if (armed()) reactor_->cancel_timer(*this);
    rounds_->forget_cooperator();
}

Cooperator& Cooperator::current() { return Reactor::current().service<SharedCooperator>().cooperator; }

void Cooperator::arrived() noexcept {
    if (!rounds_->queued() && !armed()) begin_slice();
}

void Cooperator::begin_slice() noexcept {
    slice_end_ = Reactor::current().kernel().now() + slice_;
    stepped_ = false;
    rounds_->enqueue();
}

void Cooperator::go_round() noexcept {
    if (waits_.empty()) return;
    Reactor& reactor = Reactor::current();
    if (stepped_ && reactor.kernel().now() >= slice_end_) {
        reactor_ = &reactor;
        reactor.set_timer(*this, reactor.now()); // the loop goes around
        return;
    }
    stepped_ = true;
    waits_.take_first().resume();
    rounds_->enqueue();
}

} // namespace corduroy
