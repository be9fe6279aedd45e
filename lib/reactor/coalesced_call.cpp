#include <corduroy/reactor/coalesced_call.hpp>

#include <corduroy/reactor/inbox.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <atomic>
#include <utility>

namespace corduroy {

// Belongs to the CoalescedCall, or to the reactor's inbox alone once that is gone.
struct CoalescedCall::Record : Posted {
    Record(Reactor& owner, UniqueFunction<void()> call, const std::source_location& made)
        : Posted(&Record::run), reactor(owner), function(std::move(call)), site(made) {}

    static void run(Posted& posted) noexcept {
        auto& record = static_cast<Record&>(posted);
        if (record.orphaned) return delete &record;
        // From here on a post brings another call; all that posted before are answered by this one.
        record.on_its_way.exchange(false, std::memory_order_acq_rel);
        record.running = true;
        record.reactor.make_call(record.function, {"of the CoalescedCall made", record.site});
        record.running = false;
        if (record.orphaned && !record.on_its_way.load(std::memory_order_relaxed)) delete &record;
    }

    Reactor& reactor;
    UniqueFunction<void()> function;
    std::source_location site;
    std::atomic<bool> on_its_way = false;
    bool running = false;
    bool orphaned = false;
};

CoalescedCall::CoalescedCall(Reactor& reactor, UniqueFunction<void()> function, std::source_location site)
    : record_(new Record(reactor, std::move(function), site)) {}

CoalescedCall::~CoalescedCall() {
    record_->orphaned = true;
    if (record_->running) return;
    record_->function = {};
    if (!record_->on_its_way.load(std::memory_order_acquire)) delete record_;
}

void CoalescedCall::post() noexcept {
    if (!record_->on_its_way.exchange(true, std::memory_order_acq_rel)) record_->reactor.post(*record_);
}

} // namespace corduroy
