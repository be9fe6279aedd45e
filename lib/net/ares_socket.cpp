#include "net/ares_socket.hpp"

#include <cerrno>
#include <poll.h>

namespace corduroy::net {

void AresSocket::watch(unsigned events) noexcept {
    wanted_ = events;
    if (in_flight() && description.flags != wanted_)
        reactor_.kernel().cancel(*this);
    else
        rearm();
}

void AresSocket::rearm() noexcept {
    if (in_flight() || wanted_ == 0 || closing_ || came_ != 0) return;
    description = {};
    description.opcode = kernel::Opcode::poll;
    description.fd = fd_;
    description.flags = wanted_;
    reactor_.kernel().submit(*this);
}

void AresSocket::polled(Operation& operation, const kernel::Completion& completion) noexcept {
    auto& self = static_cast<AresSocket&>(operation);
    if (self.closing_) return self.finish();
    if (completion.result == -ECANCELED) return self.rearm();
    // A poll that fails is for c-ares to find out the reason of.
    self.came_ |= completion.result < 0 ? POLLERR : static_cast<unsigned>(completion.result);
    self.notify_(self.context_);
}

void AresSocket::close() noexcept {
    if (ListNode<AresSocket>::linked()) ListNode<AresSocket>::unlink();
    closing_ = true;
    if (in_flight())
        reactor_.kernel().cancel(*this);
    else
        finish();
}

void AresSocket::finish() noexcept {
    reactor_.kernel().close_now(fd_);
    delete this;
}

} // namespace corduroy::net
