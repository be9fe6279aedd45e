#include <corduroy/reactor/delayed_call.hpp>

#include <corduroy/base/names.hpp>
#include <corduroy/reactor/delayed_call_error.hpp>

#include "reactor/delayed_call_record.hpp"

#include <string>
#include <utility>

namespace corduroy {

namespace {

std::string too_late(std::string_view asked, const std::source_location& scheduled, std::string_view why) {
    std::string text = std::string(asked) + " of a delayed call failed: it was " + std::string(why) + " already";
    if (scheduled.line() != 0) text += "; it was scheduled at " + site_text(scheduled);
    return text;
}

} // namespace

AlreadyCalled::AlreadyCalled(std::string_view asked, const std::source_location& scheduled)
    : Error(too_late(asked, scheduled, "made")) {}

AlreadyCancelled::AlreadyCancelled(std::string_view asked, const std::source_location& scheduled)
    : Error(too_late(asked, scheduled, "cancelled")) {}

void DelayedCall::Record::fired(TimerNode& timer) noexcept {
    auto& record = static_cast<Record&>(timer);
    record.called = true;
    {
        // Moved out, so that the function may drop its own handle.
        UniqueFunction<void()> function = std::move(record.function);
        record.reactor.make_call(function, {"scheduled by call_later", record.site});
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

std::source_location DelayedCall::site() const noexcept {
    return record_ == nullptr ? std::source_location() : record_->site;
}

DelayedCall::Record& DelayedCall::active_record(const char* asked) const {
    if (active()) return *record_;
    if (record_ != nullptr && record_->called) throw AlreadyCalled(asked, record_->site);
    throw AlreadyCancelled(asked, site());
}

void DelayedCall::cancel() {
    Record& record = active_record("cancel");
    record.reactor.cancel_timer(record);
    record.retire();
}

void DelayedCall::reset(Duration from_now) {
    Record& record = active_record("reset");
    record.time = later(record.reactor.now(), from_now);
    record.reactor.set_timer(record, record.time);
}

void DelayedCall::delay(Duration more) {
    Record& record = active_record("delay");
    record.time = later(record.time, more);
    record.reactor.set_timer(record, record.time);
}

} // namespace corduroy
