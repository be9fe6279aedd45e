#include "net/tls_stream.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/names.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

namespace corduroy::net {

namespace {

// A reader who offers this much is after a large body: we then read into memory of our own instead of borrowing the
// kernel's small buffers.
constexpr std::size_t much_is_wanted = 32 * 1024;
constexpr std::size_t own_size = 64 * 1024;

// How much is encrypted and sent at a time, and the memory for it that a stream keeps between writes.
constexpr std::size_t sent_at_once = 64 * 1024;
constexpr std::size_t kept_tls_capacity = 4 * 1024;

// So much of what TLS itself says to a peer may wait for that to read it: some 2,500 new keys.
constexpr std::size_t most_replies = 64 * 1024;

// What a record adds to its at most 2^14 bytes, generously.
constexpr std::size_t record_size = 16 * 1024;
constexpr std::size_t record_overhead = 128;

using Outcome = TlsEngine::Outcome;

} // namespace

// A write that must be brought to its end: the peer cannot do without what was encrypted.
class TlsStream::WholeWrite {
public:
    explicit WholeWrite(TlsStream& stream) noexcept : stream_(stream) { stream.writing_ = true; }
    WholeWrite(const WholeWrite&) = delete;
    WholeWrite& operator=(const WholeWrite&) = delete;
    ~WholeWrite() {
        if (!ended_ && stream_.broken_.empty())
            stream_.broken_ = text_or_no_memory([] { return "an earlier write was given up in the middle"; });
        stream_.writing_ = false;
        if (stream_.sending_.capacity() > kept_tls_capacity) stream_.sending_ = std::string();
        if (stream_.engine_.output().capacity() > kept_tls_capacity) stream_.engine_.output().shrink_to_fit();
    }

    // All is sent; now comes what others queued meanwhile.
    void ended() {
        stream_.writing_ = false;
        std::string later = std::exchange(stream_.later_, {});
        if (!later.empty()) stream_.write_soon(std::move(later));
        ended_ = true; // where there was no memory for that it is lost, and nothing may follow
    }

private:
    TlsStream& stream_;
    bool ended_ = false;
};

TlsStream::TlsStream(std::unique_ptr<ByteStream> below, std::shared_ptr<const TlsContext> context, TlsEngine::Role role,
                     std::string name)
    : below_(std::move(below)), engine_(std::move(context), role), name_(std::move(name)) {}

Task<> TlsStream::handshake(std::source_location site) {
    auto reads = hold_reads(site);
    auto writes = hold_writes(site);
    for (;;) {
        Outcome outcome = engine_.handshake();
        keep_input();
        bool sends = send_output();
        if (outcome == Outcome::done) break;
        if (outcome == Outcome::wants_input) {
            bool more = co_await more_input(Amount::little, site);
            if (!more) throw_closed_in_handshake();
            continue;
        }
        if (sends) { // the peer is told why, if that can be done
            [[maybe_unused]] auto told = co_await attempt(flush_below(site));
        }
        throw_handshake_fault(engine_.fault());
    }
}

void TlsStream::throw_closed_in_handshake() const {
    raise(TlsClosed(handshake_failure("the peer closed the connection during the handshake")));
}

void TlsStream::throw_handshake_fault(const std::string& cause) const {
    raise(TlsError(handshake_failure(cause), engine_.fault_about()));
}

std::string TlsStream::handshake_failure(std::string_view cause) const {
    return "TLS handshake with " + name_ + " failed: " + std::string(cause);
}

// ---- reading ----

Task<std::size_t> TlsStream::read_some(std::span<std::byte> into, std::source_location site) {
    auto hold = hold_reads(site);
    if (into.empty()) co_return 0;
    Amount amount = into.size() >= much_is_wanted ? Amount::much : Amount::little;
    for (;;) {
        std::size_t count = 0;
        Outcome outcome = engine_.read(into, count);
        keep_input();
        bool sends = send_replies();
        if (outcome == Outcome::done) co_return count;
        if (outcome == Outcome::ended) co_return 0;
        if (outcome == Outcome::failed) co_await fail_reading(sends, site);
        bool more = co_await more_input(amount, site);
        if (!more) throw_truncated();
    }
}

Task<ReceivedBytes> TlsStream::receive(std::source_location site) {
    auto hold = hold_reads(site);
    for (;;) {
        std::size_t size = 0;
        Outcome outcome = engine_.look(size);
        if (outcome == Outcome::done) {
            auto own = std::make_unique_for_overwrite<std::byte[]>(size);
            std::size_t count = 0;
            engine_.read({own.get(), size}, count);
            keep_input();
            send_replies();
            co_return ReceivedBytes(std::move(own), count);
        }
        keep_input();
        bool sends = send_replies();
        if (outcome == Outcome::ended) co_return ReceivedBytes();
        if (outcome == Outcome::failed) co_await fail_reading(sends, site);
        bool more = co_await more_input(Amount::little, site);
        if (!more) throw_truncated();
    }
}

Task<bool> TlsStream::still_open(std::source_location site) {
    auto hold = hold_reads(site);
    for (;;) {
        std::size_t size = 0;
        Outcome outcome = engine_.look(size);
        keep_input();
        send_replies();
        if (outcome != Outcome::wants_input || engine_.holds_input()) co_return false;
        bool quiet = co_await below_->still_open(site);
        if (quiet) co_return true;
        // Either the end is there or bytes are, so this does not wait. They may be TLS's own: tickets, say.
        auto more = co_await attempt(more_input(Amount::little, site));
        if (!more || !*more) co_return false;
    }
}

// Has the engine get more once it has used up what it had. False at the end of the stream below.
Task<bool> TlsStream::more_input(Amount amount, std::source_location site) {
    check_replies();
    if (amount == Amount::much) {
        own_ = InputMemory(own_size);
        std::size_t count = co_await below_->read_some(own_.bytes(), site);
        engine_.feed(own_.bytes().first(count));
        co_return count > 0;
    }
    loan_ = co_await below_->receive(site);
    engine_.feed(loan_.bytes());
    co_return !loan_.empty();
}

// To be called whenever the engine has worked: gives a loan back, for which others may be waiting, and keeps a copy of
// what has not been used. Where there is no memory for that the loan is kept: what was decrypted must not be lost.
void TlsStream::keep_input() noexcept {
    auto rest = engine_.unused();
    if (rest.empty()) {
        loan_.release();
        own_ = InputMemory();
    } else if (!loan_.empty()) {
        try {
            own_ = InputMemory(rest.size());
        } catch (const std::bad_alloc&) {
            return;
        }
        std::memcpy(own_.bytes().data(), rest.data(), rest.size());
        engine_.feed(own_.bytes());
        loan_.release();
    }
}

// Throws. The peer is told why before, unless that would mean to wait for anything else.
Task<> TlsStream::fail_reading(bool sends, std::source_location site) {
    if (sends && queued_ == flushed_ + 1 && !writes_.busy()) {
        [[maybe_unused]] auto told = co_await attempt(flush_below(site));
    }
    raise(TlsError("read from " + name_ + " failed: " + engine_.fault()));
}

void TlsStream::throw_truncated() const {
    raise(TlsError("read from " + name_ + " failed: the peer closed the connection without ending TLS"));
}

// ---- writing ----

Task<> TlsStream::write_all(std::span<const std::byte> bytes, std::source_location site) {
    auto hold = hold_writes(site);
    check_writable();
    WholeWrite write(*this);
    while (!bytes.empty()) {
        auto chunk = bytes.first(std::min(bytes.size(), sent_at_once));
        if (encrypt(chunk) != Outcome::done) throw_write_fault(engine_.fault());
        if (queued_ != flushed_) { // it must go behind that, and can go with it
            send_output();
            co_await flush_below(site);
        } else {
            sending_.clear();
            sending_.swap(engine_.output());
            co_await below_->write_all(std::as_bytes(std::span(sending_)), site);
        }
        bytes = bytes.subspan(chunk.size());
    }
    write.ended();
}

void TlsStream::write_soon(std::string bytes) {
    if (bytes.empty() || shut_down_ || !broken_.empty() || engine_.failed()) return;
    if (writing_) {
        later_ += bytes;
        return;
    }
    encrypt(std::as_bytes(std::span(bytes))); // where it fails, the next call that can throw will say so
    send_output();
}

Task<> TlsStream::flush(std::source_location site) {
    auto hold = hold_writes(site);
    check_writable();
    co_await flush_below(site);
}

Task<> TlsStream::shutdown(std::source_location site) {
    auto hold = hold_writes(site);
    if (!shut_down_) {
        check_writable();
        shut_down_ = true;
        Outcome outcome = engine_.close();
        send_output();
        if (outcome == Outcome::failed) broken_ = text_or_no_memory([this] { return engine_.fault(); });
    }
    co_await below_->shutdown(site); // which an earlier one may not have come to the end of
    if (!broken_.empty()) throw_write_fault(broken_);
}

TlsEngine::Outcome TlsStream::encrypt(std::span<const std::byte> bytes) {
    std::string& output = engine_.output();
    output.reserve(output.size() + bytes.size() + (bytes.size() / record_size + 1) * record_overhead);
    return engine_.write(bytes);
}

// Hands on what the engine wants sent; whether there was anything.
bool TlsStream::send_output() {
    std::string output = std::exchange(engine_.output(), {});
    if (output.empty() || !broken_.empty()) return false;
    try {
        below_->write_soon(std::move(output));
    } catch (const std::exception&) { // what was encrypted is lost, and the peer could make nothing of what follows
        broken_ = text_or_no_memory([] { return "there was no memory for an earlier write"; });
        throw;
    }
    ++queued_;
    return true;
}

// What the engine has to say to what it read. A peer that asks for new keys is told of ours, each time, and one that
// does not read what it is told would have us keep it all. Where there is no memory for them the next write says so:
// what was decrypted must not be lost.
bool TlsStream::send_replies() noexcept {
    std::size_t size = engine_.output().size();
    if (size == 0) return false;
    replies_ = below_->queued() == 0 ? size : replies_ + size;
    try {
        return send_output();
    } catch (const std::exception&) {
        return false;
    }
}

void TlsStream::check_replies() const {
    if (replies_ > most_replies && below_->queued() > 0)
        raise(TlsError("read from " + name_ + " failed: the peer asks for new keys without end, and does not read"));
}

Task<> TlsStream::flush_below(std::source_location site) {
    auto until = queued_;
    co_await below_->flush(site);
    flushed_ = until;
}

void TlsStream::check_writable() const {
    if (!broken_.empty()) throw_write_fault(broken_);
    if (engine_.failed()) throw_write_fault(engine_.fault());
    if (shut_down_) throw IoError("write to " + name_, EPIPE);
}

void TlsStream::throw_write_fault(const std::string& cause) const {
    raise(TlsError("write to " + name_ + " failed: " + cause));
}

// ---- both ----

template <class Fault>
void TlsStream::raise(const Fault& fault) {
    Reactor::current().log(LogLevel::debug, "net", [&] { return std::string(fault.what()); });
    throw fault;
}

ResourceGuard::Use TlsStream::hold_reads(const std::source_location& site) {
    return reads_.enter([this] { return "read from " + name_; }, site);
}

ResourceGuard::Use TlsStream::hold_writes(const std::source_location& site) {
    return writes_.enter([this] { return "write to " + name_; }, site);
}

} // namespace corduroy::net
