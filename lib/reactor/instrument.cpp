#include <corduroy/reactor/instrument.hpp>

#include <corduroy/base/failure.hpp>
#include <corduroy/base/names.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <string>

namespace corduroy {

std::string CallView::text() const {
    std::string text = "a call " + std::string(kind);
    if (site.line() != 0) text += " at " + site_text(site);
    return text;
}

Instrument::~Instrument() {
    if (reactor_ != nullptr) reactor_->remove_instrument(*this);
}

InstrumentList::~InstrumentList() {
    for (Instrument* instrument : instruments_)
        if (instrument != nullptr) instrument->reactor_ = nullptr;
}

void InstrumentList::add(Instrument& instrument) {
    if (instrument.reactor_ == &reactor_) return;
    instruments_.push_back(&instrument);
    ++count_;
    if (instrument.reactor_ != nullptr) instrument.reactor_->remove_instrument(instrument);
    instrument.reactor_ = &reactor_;
}

void InstrumentList::remove(Instrument& instrument) noexcept {
    if (instrument.reactor_ != &reactor_) return;
    instrument.reactor_ = nullptr;
    --count_;
    auto place = std::find(instruments_.begin(), instruments_.end(), &instrument);
    if (telling_ != 0)
        *place = nullptr;
    else
        instruments_.erase(place);
}

void InstrumentList::failed(std::size_t index) noexcept {
    Failure failure = Failure::current();
    if (Instrument* instrument = instruments_[index]) { // it has not removed itself
        std::string context = text_or_no_memory(
            [&] { return "an instrument, " + readable_type(typeid(*instrument)) + ", which is removed"; });
        remove(*instrument);
        return reactor_.report_unhandled(failure, context);
    }
    reactor_.report_unhandled(failure, "an instrument");
}

} // namespace corduroy
