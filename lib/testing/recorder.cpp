#include <corduroy/testing/recorder.hpp>

#include <corduroy/base/lower_case.hpp>
#include <corduroy/http/url.hpp>

#include "testing/tapped_stream.hpp"

#include <algorithm>
#include <utility>

namespace corduroy::testing {

Recorder::Recorder(const http::ClientSettings& settings)
    : settings_(settings), below_(settings.transport ? settings.transport : http::socket_transport(settings)) {}

http::ClientSettings Recorder::settings() {
    http::ClientSettings settings = settings_;
    settings.transport = shared_from_this();
    return settings;
}

Recorder& Recorder::hide(std::string_view name) {
    hidden_.push_back(lower_case(name));
    return *this;
}

Recorder& Recorder::hide_nothing() noexcept {
    hidden_.clear();
    return *this;
}

Tape Recorder::tape() const {
    Tape tape;
    tape.exchanges = exchanges_;
    return tape;
}

Task<std::unique_ptr<net::ByteStream>> Recorder::connect(const http::Url& url) {
    std::unique_ptr<net::ByteStream> below = co_await below_->connect(url);
    co_return std::make_unique<TappedStream>(shared_from_this(), url.origin(), std::move(below));
}

std::size_t Recorder::begin(StubRequest request) {
    TapedExchange& exchange = exchanges_.emplace_back();
    exchange.request = std::move(request);
    exchange.ending = TapedExchange::Ending::closed; // until its answer has come
    return exchanges_.size() - 1;
}

http::Headers Recorder::without_secrets(const http::Headers& headers) const {
    http::Headers shown;
    for (auto [name, value] : headers) {
        bool secret = std::find(hidden_.begin(), hidden_.end(), lower_case(name)) != hidden_.end();
        shown.add(name, secret ? "(hidden)" : value);
    }
    return shown;
}

} // namespace corduroy::testing
