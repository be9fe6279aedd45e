#include "net/socket_stream.hpp"

#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/sync_error.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/fatal.hpp>
#include <corduroy/base/names.hpp>
#include <corduroy/net/stream.hpp>

#include "net/descriptor.hpp"
#include "net/named_operation.hpp"

#include <cerrno>
#include <chrono>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace corduroy::net {

namespace {

// For the rare receive that finds no provided buffer free.
constexpr std::size_t own_buffer_size = 8192;

// Up to this size bytes join those that are queued already, so that both go out in one send.
constexpr std::size_t joins_queue = 16 * 1024;

// How long a peer that has ended its side and then resets the connection is not taken notice of.
constexpr Duration look_again_after = std::chrono::seconds(1);

// Marks a stream for as long as somebody waits for its end.
class Watch {
public:
    explicit Watch(bool& mark) noexcept : mark_(mark) { mark = true; }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() { mark_ = false; }

private:
    bool& mark_;
};

Address ask(kernel::Kernel& kernel, int fd, int (kernel::Kernel::*question)(int, sockaddr*, socklen_t&) noexcept) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    auto* raw = reinterpret_cast<sockaddr*>(&storage);
    if ((kernel.*question)(fd, raw, length) < 0) return {};
    return Address(raw, length);
}

} // namespace

// A write of so many bytes, which leaves the stream unfit for writing when it ends somewhere in their middle.
class SocketStream::WholeWrite {
public:
    WholeWrite(SocketStream& stream, std::span<const std::byte> bytes) noexcept
        : stream_(stream), write_(*stream.record_), total_(bytes.size()), rest_(bytes) {}
    WholeWrite(const WholeWrite&) = delete;
    WholeWrite& operator=(const WholeWrite&) = delete;
    ~WholeWrite() {
        if (rest_.empty() || rest_.size() == total_) return;
        stream_.broken_ = text_or_no_memory([this] {
            return "an earlier write was given up after " + std::to_string(total_ - rest_.size()) + " of its " +
                   std::to_string(total_) + " bytes";
        });
        stream_.record_->refuse_more();
    }

    std::span<const std::byte> rest() const noexcept { return rest_; }
    void advance(std::size_t count) noexcept { rest_ = rest_.subspan(count); }

private:
    SocketStream& stream_;
    SocketRecord::Write write_; // ends when what was queued behind a write that was given up has been dropped
    std::size_t total_;
    std::span<const std::byte> rest_;
};

SocketStream::SocketStream(SocketRecord::Owner record, const Address& peer, bool answers)
    : record_(std::move(record)), dialogue_(answers ? Dialogue::begun : Dialogue::none), more_expected_(!answers),
      peer_(peer) {}

// Between two looks at the peer nothing is in flight that would tell.
SocketStream::~SocketStream() {
    if (watched_) fatal("a stream was destroyed while a coroutine waits for its peer to go; join that one first");
}

// ---- reading ----

Task<std::size_t> SocketStream::read_some(std::span<std::byte> into, std::source_location site) {
    auto hold = hold_reads(site);
    if (record_->closed()) throw_read_error(-ECONNABORTED);
    if (into.empty()) co_return 0;
    kernel::Description what = receiving();
    what.data = into.data();
    what.length = into.size();
    auto words = receiving_words();
    NamedOperation operation(what, words);
    auto awaited = record_->reading(operation);
    kernel::Completion done = co_await operation;
    if (done.result < 0) throw_read_error(done.result);
    if (done.result == 0) check_ended();
    more_expected_ = done.more_to_receive;
    co_return static_cast<std::size_t>(done.result);
}

Task<ReceivedBytes> SocketStream::receive(std::source_location site) {
    auto hold = hold_reads(site);
    if (record_->closed()) throw_read_error(-ECONNABORTED);
    {
        NamedOperation operation(receiving_lent(), receiving_words());
        auto awaited = record_->reading(operation);
        kernel::Completion done = co_await operation;
        ReceivedBytes received;
        if (done.has_buffer) {
            auto size = static_cast<std::size_t>(done.result > 0 ? done.result : 0);
            received = ReceivedBytes(record_->reactor().kernel(), done.buffer, size);
        }
        if (done.result > 0) {
            more_expected_ = done.more_to_receive;
            if (dialogue_ == Dialogue::begun) dialogue_ = Dialogue::answered;
            co_return received;
        }
        if (done.result == 0) {
            check_ended();
            co_return ReceivedBytes();
        }
        if (done.result != -ENOBUFS) throw_read_error(done.result);
    }
    co_return co_await receive_own();
}

// Where the reactor has no buffer to lend.
Task<ReceivedBytes> SocketStream::receive_own() {
    auto own = std::make_unique_for_overwrite<std::byte[]>(own_buffer_size);
    kernel::Description what = receiving();
    what.data = own.get();
    what.length = own_buffer_size;
    NamedOperation operation(what, receiving_words());
    auto awaited = record_->reading(operation);
    kernel::Completion done = co_await operation;
    if (done.result < 0) throw_read_error(done.result);
    if (done.result == 0) check_ended();
    more_expected_ = done.more_to_receive;
    co_return ReceivedBytes(std::move(own), static_cast<std::size_t>(done.result));
}

Task<bool> SocketStream::still_open(std::source_location site) {
    auto hold = hold_reads(site);
    if (record_->closed()) co_return false;
    std::byte next{};
    kernel::Description what;
    what.opcode = kernel::Opcode::receive;
    what.fd = record_->fd();
    what.data = &next;
    what.length = 1;
    what.flags = MSG_PEEK | MSG_DONTWAIT;
    auto words = receiving_words();
    NamedOperation operation(what, words);
    auto awaited = record_->reading(operation);
    kernel::Completion done = co_await operation;
    co_return done.result == -EAGAIN && !record_->closed();
}

Task<> SocketStream::gone(GoneSign sign, std::source_location site) {
    if (watched_)
        throw BusyResourceError("a second wait for the end of the connection to " + name() + " at " + site_text(site) +
                                ", while one is under way");
    Watch watch(watched_);
    auto words = [this] { return "end of the connection to " + name(); };
    if (peer_.is_ip() && !record_->closed()) record_->probe_peer();
    while (!record_->closed()) {
        kernel::Description what;
        what.opcode = kernel::Opcode::poll;
        what.fd = record_->fd();
        what.flags = POLLRDHUP;
        kernel::Completion done;
        {
            NamedOperation operation(what, words);
            auto awaited = record_->watching(operation);
            done = co_await operation;
        }
        if (done.result < 0 && !record_->closed()) throw_read_error(done.result);
        if (done.result < 0 || sign == GoneSign::end || (done.result & (POLLERR | POLLHUP)) != 0) co_return;
        // The ring reports the peer's end again and again from now on, asked for or not.
        co_await sleep(look_again_after);
    }
}

kernel::Description SocketStream::receiving() const noexcept {
    kernel::Description what;
    what.opcode = kernel::Opcode::receive;
    what.fd = record_->fd();
    // Where the last read emptied the socket an attempt now would fail, and cost as much as one that succeeds.
    what.wait_first = !more_expected_;
    return what;
}

kernel::Description SocketStream::receiving_lent() const noexcept {
    kernel::Description what = receiving();
    what.provided_buffer = true;
    what.standing = dialogue_ == Dialogue::goes_on;
    return what;
}

// The end of what the peer sends may come of what we could not send, and then that is what there is to tell.
void SocketStream::check_ended() const {
    if (record_->closed()) throw_read_error(-ECONNABORTED);
    if (int error = record_->error()) throw_write_error(-error);
}

// ---- writing ----

Task<> SocketStream::write_all(std::span<const std::byte> bytes, std::source_location site) {
    auto hold = hold_writes(site);
    check_writable();
    spoken();
    if (record_->sending() && bytes.size() <= joins_queue) {
        record_->queue(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
        bytes = {};
    }
    // Others may have queued more before it is the turn of this one.
    do co_await SocketRecord::Flushing(*record_);
    while (record_->sending());
    check_writable();
    WholeWrite write(*this, bytes);
    if (!bytes.empty()) record_->before_send(bytes.size());
    auto words = [this] { return "send to " + name(); };
    while (!write.rest().empty()) {
        if (record_->closed()) throw_write_error(-ECONNABORTED); // when a part had been sent
        kernel::Description what;
        what.opcode = kernel::Opcode::send;
        what.fd = record_->fd();
        what.data = const_cast<std::byte*>(write.rest().data());
        what.length = write.rest().size();
        what.flags = MSG_WAITALL | MSG_NOSIGNAL;
        NamedOperation operation(what, words);
        auto awaited = record_->writing(operation);
        kernel::Completion done = co_await operation;
        if (done.result < 0) throw_write_error(done.result);
        write.advance(static_cast<std::size_t>(done.result));
    }
}

void SocketStream::write_soon(std::string bytes) {
    spoken();
    record_->queue(std::move(bytes));
}

void SocketStream::write_copy_soon(std::string_view bytes) {
    spoken();
    record_->queue_copy(bytes);
}

Task<> SocketStream::flush(std::source_location site) {
    auto hold = hold_writes(site);
    co_await SocketRecord::Flushing(*record_);
    check_writable();
}

Task<> SocketStream::shutdown(std::source_location site) {
    auto hold = hold_writes(site);
    if (shut_down_) co_return;
    do co_await SocketRecord::Flushing(*record_);
    while (record_->sending());
    check_writable();
    kernel::Description what;
    what.opcode = kernel::Opcode::shutdown;
    what.fd = record_->fd();
    what.flags = SHUT_WR;
    Performing operation(what);
    auto awaited = record_->writing(operation);
    kernel::Completion done = co_await operation;
    // ENOTCONN: the peer has torn the connection down, so that this side has ended too.
    if (done.result < 0 && done.result != -ENOTCONN) throw_write_error(done.result);
    shut_down_ = true;
}

void SocketStream::check_writable() const {
    if (record_->closed()) throw_write_error(-ECONNABORTED);
    if (int error = record_->error()) throw_write_error(-error);
    if (!broken_.empty()) throw Error("write to " + name() + " failed: " + broken_);
}

// ---- both ----

void SocketStream::abort() noexcept { record_->close(); }

Address SocketStream::local_address() const {
    if (record_->fd() < 0) return {}; // then the reactor may be gone, too
    return ask(record_->reactor().kernel(), record_->fd(), &kernel::Kernel::local_address);
}

Address SocketStream::peer_address() const { return peer_; }

// The peer's address; of those who connect to a Unix socket, which have none, our own.
std::string SocketStream::name() const {
    Address peer = peer_address();
    if (peer.is_unix() && peer.path().empty()) peer = local_address();
    return peer.empty() ? "a peer that is gone" : peer.to_string();
}

ResourceGuard::Use SocketStream::hold_reads(const std::source_location& site) {
    return reads_.enter([this] { return "read from " + name(); }, site);
}

ResourceGuard::Use SocketStream::hold_writes(const std::source_location& site) {
    return writes_.enter([this] { return "write to " + name(); }, site);
}

// An operation that `abort` ended, or that came after it, failed for that.
int SocketStream::failure(int result) const noexcept { return record_->closed() ? ECONNABORTED : -result; }

// A failed send ends the read that may wait for its answer.
void SocketStream::throw_read_error(int result) const {
    if (int error = record_->error(); result == -ECANCELED && error != 0 && !record_->closed())
        throw_write_error(-error);
    raise("read from ", result);
}

void SocketStream::throw_write_error(int result) const { raise("write to ", result); }

void SocketStream::raise(std::string_view what, int result) const {
    IoError error(std::string(what) + name(), failure(result));
    if (!record_->closed()) record_->reactor().log(LogLevel::debug, "net", [&] { return error.what(); });
    throw error;
}

std::unique_ptr<ByteStream> adopt_socket(int fd) {
    auto record = SocketRecord::make(fd);
    // Asked for now, since a connection that breaks forgets it, and the error shall name it.
    Address peer = ask(Reactor::current().kernel(), fd, &kernel::Kernel::peer_address);
    return std::make_unique<SocketStream>(std::move(record), peer, false);
}

std::unique_ptr<ByteStream> adopt_socket(int fd, const Address& peer) {
    return std::make_unique<SocketStream>(SocketRecord::make(fd), peer, true);
}

std::unique_ptr<ByteStream> adopt_connected(int fd, const Address& peer, bool no_delay) {
    auto record = SocketRecord::make(fd);
    if (no_delay && peer.is_ip()) record->send_without_delay();
    return std::make_unique<SocketStream>(std::move(record), peer, true);
}

std::pair<Stream, Stream> stream_pair() {
    kernel::Kernel& kernel = Reactor::current().kernel();
    int descriptors[2];
    int result = kernel.socket_pair(AF_UNIX, SOCK_STREAM, descriptors);
    if (result < 0) throw IoError("socketpair", -result);
    Descriptor other(kernel, descriptors[1]);
    Stream first(adopt_socket(descriptors[0]));
    return {std::move(first), Stream(adopt_socket(other.release()))};
}

} // namespace corduroy::net
