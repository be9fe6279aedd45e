#include "http/client_watch.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <chrono>
#include <exception>

namespace corduroy::http {

namespace {

constexpr Duration patience = std::chrono::milliseconds(100);

} // namespace

void ClientWatch::begin() noexcept {
    if (!sign_ || waiting_) return;
    waiting_ = true;
    if (!watching_) {
        Reactor& reactor = Reactor::current();
        reactor.set_timer(*this, later(reactor.now(), patience));
    } else if (over_) {
        give_up();
    }
}

void ClientWatch::end() noexcept {
    waiting_ = false;
    if (armed()) Reactor::current().cancel_timer(*this);
}

void ClientWatch::fired(TimerNode& timer) noexcept {
    auto& self = static_cast<ClientWatch&>(timer);
    try {
        self.group_.spawn(self.watch());
        self.watching_ = true;
    } catch (const std::exception&) {
        // No memory, or the group is over: then it goes unwatched.
    }
}

void ClientWatch::give_up() noexcept {
    gone_ = true;
    answering_.cancel("the client has gone");
}

Task<> ClientWatch::watch() {
    try {
        co_await stream_.gone(*sign_);
    } catch (const std::exception&) {
        co_return; // whoever reads or writes will hear of it
    }
    over_ = true;
    if (waiting_) give_up();
}

} // namespace corduroy::http
