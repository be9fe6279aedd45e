#include <corduroy/reactor/delayed_call.hpp>

#include "reactor/delayed_call_record.hpp"

#include <utility>

namespace corduroy {

void DelayedCall::Record::fired(TimerNode& timer) noexcept {
    auto& record = static_cast<Record&>(timer);
    try {
        // Moved out, so that the function may drop its own handle.
        UniqueFunction<void()> function = std::move(record.function);
        function();
    } catch (...) {
        record.reactor.report_unhandled(Failure::current(), "a call scheduled by call_later");
    }
    record.retire();
}

DelayedCall::DelayedCall(DelayedCall&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}

DelayedCall& DelayedCall::operator=(DelayedCall&& other) noexcept {
    std::swap(record_, other.record_);
    return *this;
}

DelayedCall::~DelayedCall() {
    if (record_ != nullptr) record_->drop();
}

bool DelayedCall::active() const noexcept { return record_ != nullptr && record_->armed(); }

TimePoint DelayedCall::time() const noexcept { return record_ == nullptr ? TimePoint{} : record_->time; }

bool DelayedCall::cancel() noexcept {
    if (!active()) return false;
    record_->reactor.cancel_timer(*record_);
    record_->retire();
    return true;
}

bool DelayedCall::reset(Duration from_now) noexcept {
    if (!active()) return false;
    record_->time = record_->reactor.now() + from_now;
    record_->reactor.set_timer(*record_, record_->time);
    return true;
}

bool DelayedCall::delay(Duration more) noexcept {
    if (!active()) return false;
    record_->time += more;
    record_->reactor.set_timer(*record_, record_->time);
    return true;
}

} // namespace corduroy
