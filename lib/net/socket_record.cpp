#include "net/socket_record.hpp"

#include <corduroy/base/fatal.hpp>

#include "net/descriptor.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace corduroy::net {

namespace {

// A stream that has sent a large message gives its memory back.
constexpr std::size_t kept_capacity = 64 * 1024;

// A first send of so much goes out at once in any case: it fits the smallest segment (RFC 9293, 536 bytes).
constexpr std::size_t one_segment = 536;

// So much fits into the buffer of a socket that has nothing to send, as most have.
constexpr std::size_t fits_at_once = 4 * 1024;

void empty(std::string& bytes) noexcept {
    bytes.clear();
    if (bytes.capacity() > kept_capacity) bytes = std::string();
}

} // namespace

SocketRecord::Owner SocketRecord::make(int fd) {
    Descriptor socket(Reactor::current().kernel(), fd);
    Owner record(new SocketRecord(fd));
    socket.release();
    return record;
}

void SocketRecord::queue(std::string bytes) {
    if (!takes_more()) return;
    std::string& place = place_to_queue();
    if (place.empty())
        place = std::move(bytes);
    else
        place += bytes;
    schedule();
}

void SocketRecord::queue_copy(std::string_view bytes) {
    if (!takes_more()) return;
    place_to_queue() += bytes;
    schedule();
}

void SocketRecord::schedule() {
    if (in_flight()) return hasten();
    if (scheduled_ || sending_.empty()) return;
    scheduled_ = true;
    reactor_.enqueue(*this);
}

void SocketRecord::turn_over(Ready& ready) noexcept {
    auto& self = static_cast<SocketRecord&>(ready);
    self.scheduled_ = false;
    self.go_on();
}

void SocketRecord::send_queued() noexcept {
    if (in_flight() || writes_ || writing_ != nullptr || closed_ || sending_.empty()) return;
    before_send(sending_.size());
    submit_send();
}

void SocketRecord::set_no_delay(std::size_t size) noexcept {
    bool alone = delay_ == Delay::unwanted && size <= one_segment;
    delay_ = alone ? Delay::harmful : Delay::settled;
    if (alone) return;
    int on = 1;
    reactor_.kernel().set_option(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // a refinement: it may be refused
}

void SocketRecord::probe_peer() noexcept {
    struct Option {
        int level, name, value;
    };
    // After half a minute; one that answers none of six, ten seconds apart, has gone.
    constexpr Option options[] = {{IPPROTO_TCP, TCP_KEEPIDLE, 30},
                                  {IPPROTO_TCP, TCP_KEEPINTVL, 10},
                                  {IPPROTO_TCP, TCP_KEEPCNT, 6},
                                  {SOL_SOCKET, SO_KEEPALIVE, 1}};
    for (const Option& option : options)
        reactor_.kernel().set_option(fd_, option.level, option.name, &option.value, sizeof option.value);
}

void SocketRecord::submit_send() noexcept {
    description = {};
    description.opcode = kernel::Opcode::send;
    description.fd = fd_;
    description.data = sending_.data() + sent_;
    description.length = sending_.size() - sent_;
    description.flags = MSG_WAITALL | MSG_NOSIGNAL;
    description.quiet = flushing_ == nullptr && sent_ == 0 && sending_.size() <= fits_at_once;
    reactor_.kernel().submit(*this);
}

void SocketRecord::sent(Operation& operation, const kernel::Completion& completion) noexcept {
    auto& self = static_cast<SocketRecord&>(operation);
    if (completion.result < 0 && !self.closed_ && !self.given_up() &&
        kernel::submit_again(self.description, completion.result)) {
        self.description.quiet = false; // it has to wait
        return self.reactor_.kernel().submit(self);
    }
    if (completion.result < 0) {
        self.error_ = self.given_up() ? ECANCELED : -completion.result;
        self.refuse_more();
        // Who reads may wait for an answer to what was never sent.
        if (self.reading_ != nullptr) self.reactor_.kernel().cancel(*self.reading_);
    } else {
        self.sent_ += static_cast<std::size_t>(completion.result);
        bool more = self.sent_ < self.sending_.size() && !self.closed_;
        if (more && !self.given_up()) return self.submit_send();
        if (more) {
            self.error_ = ECANCELED;
            self.refuse_more();
        }
    }
    self.send_ended();
    if (self.sending()) self.given_up() ? self.program_ended() : self.send_queued();
    self.go_on();
}

// What has come meanwhile is next; otherwise what comes goes where this was.
void SocketRecord::send_ended() noexcept {
    empty(sending_);
    sent_ = 0;
    if (!queue_.empty()) sending_.swap(queue_);
}

void SocketRecord::program_ended() noexcept {
    send_queued();
    if (!in_flight()) return;
    give_up();
    reactor_.kernel().cancel(*this);
}

void SocketRecord::refuse_more() noexcept {
    refuses_ = true;
    drop_queued();
}

void SocketRecord::drop_queued() noexcept {
    queue_.clear();
    if (in_flight()) return;
    sending_.clear();
    sent_ = 0;
}

void SocketRecord::drained() noexcept {
    if (Flushing* flushing = std::exchange(flushing_, nullptr)) flushing->resume();
}

void SocketRecord::close() noexcept {
    if (closed_) return;
    closed_ = true;
    drop_queued();
    kernel::Kernel& kernel = reactor_.kernel();
    if (in_flight()) kernel.cancel(*this);
    if (reading_ != nullptr) kernel.cancel(*reading_);
    if (writing_ != nullptr) kernel.cancel(*writing_);
    if (watching_ != nullptr) kernel.cancel(*watching_);
    go_on();
}

void SocketRecord::let_go() noexcept {
    if (reading_ != nullptr || writing_ != nullptr || watching_ != nullptr || flushing_ != nullptr)
        fatal("a stream was destroyed while a coroutine reads or writes it; join that one first");
    owned_ = false;
    closed_ ? go_on() : close();
}

// After anything has ended: what can be done now?
void SocketRecord::go_on() noexcept {
    if (!closed_) {
        send_queued();
        if (!sending()) drained();
        return;
    }
    if (in_flight()) return;
    drained();
    if (fd_ >= 0 && reading_ == nullptr && writing_ == nullptr && watching_ == nullptr) {
        int fd = std::exchange(fd_, -1);
        // Who aborts a connection may count on it; who lets it go has no more to say.
        owned_ ? reactor_.kernel().close_now(fd) : reactor_.kernel().close_soon(fd);
    }
    if (!owned_ && !scheduled_) delete this;
}

} // namespace corduroy::net
