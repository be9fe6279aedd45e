#include <corduroy/net/buffered_reader.hpp>

#include <corduroy/base/fatal.hpp>
#include <corduroy/base/names.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace corduroy::net {

namespace {

std::string bytes_text(std::size_t count) { return std::to_string(count) + (count == 1 ? " byte" : " bytes"); }

} // namespace

BufferedReader::BufferedReader(BufferedReader&& other) noexcept
    : source_(other.source_), buffer_(std::move(other.buffer_)), start_(std::exchange(other.start_, 0)),
      lost_(other.lost_) {
    if (other.use_.busy()) fatal("a stream was moved while a coroutine reads it");
    other.buffer_.clear();
}

BufferedReader& BufferedReader::operator=(BufferedReader&& other) noexcept {
    if (this == &other) return *this;
    if (use_.busy() || other.use_.busy()) fatal("a stream was moved while a coroutine reads it");
    source_ = other.source_;
    buffer_ = std::exchange(other.buffer_, {});
    start_ = std::exchange(other.start_, 0);
    lost_ = other.lost_;
    return *this;
}

BufferedReader::~BufferedReader() {
    if (use_.busy())
        fatal("a stream was destroyed while a coroutine reads it, since " + site_text(use_.site()) +
              "; join that one first");
}

Task<std::size_t> BufferedReader::read_some(std::span<std::byte> into, std::source_location site) {
    auto using_it = hold(site);
    std::string_view ahead = buffered();
    if (ahead.empty()) {
        check_whole();
        std::size_t count = co_await source_->read_some(into, site);
        co_return count;
    }
    std::size_t count = std::min(ahead.size(), into.size());
    std::memcpy(into.data(), ahead.data(), count);
    start_ += count;
    co_return count;
}

Task<ReceivedBytes> BufferedReader::receive(std::source_location site) {
    auto using_it = hold(site);
    std::string_view ahead = buffered();
    if (ahead.empty()) {
        check_whole();
        ReceivedBytes received = co_await source_->receive(site);
        co_return received;
    }
    // The bytes stay where they are until the next read puts others in their place.
    start_ = buffer_.size();
    co_return ReceivedBytes(std::as_bytes(std::span(ahead)));
}

Task<std::string> BufferedReader::read_exactly(std::size_t count, std::source_location site) {
    auto using_it = hold(site);
    while (buffered().size() < count) {
        bool more = co_await fill(site);
        if (!more)
            throw EndOfStream("read of " + bytes_text(count) + " from " + name() + " failed: the stream ended after " +
                              std::to_string(buffered().size()));
    }
    co_return take(count);
}

Task<std::optional<std::string>> BufferedReader::read_until(std::string delimiter, std::size_t limit,
                                                            std::source_location site) {
    auto using_it = hold(site);
    for (std::size_t searched = 0;;) {
        std::string_view ahead = buffered();
        std::size_t at = ahead.find(delimiter, searched);
        // What has been read may end within the delimiter.
        std::size_t tail = std::min(ahead.size(), delimiter.size() > 0 ? delimiter.size() - 1 : 0);
        searched = ahead.size() - tail;
        if (at == std::string_view::npos ? searched > limit : at > limit) too_long("a part", limit);
        if (at != std::string_view::npos) co_return take(at, delimiter.size());
        bool more = co_await fill(site);
        if (more) continue;
        if (buffered().empty()) co_return std::nullopt;
        throw EndOfStream("read from " + name() + " failed: the stream ended after " + bytes_text(buffered().size()) +
                          " without the delimiter");
    }
}

Task<std::optional<std::string>> BufferedReader::read_line(std::size_t limit, std::source_location site) {
    auto using_it = hold(site);
    for (std::size_t searched = 0;;) {
        std::string_view ahead = buffered();
        std::size_t at = ahead.find('\n', searched);
        bool found = at != std::string_view::npos;
        std::size_t length = found ? at : ahead.size();
        bool returned = length > 0 && ahead[length - 1] == '\r';
        if (length - (returned ? 1 : 0) > limit) too_long("a line", limit);
        if (found) co_return take(length - (returned ? 1 : 0), returned ? 2 : 1);
        searched = length;
        bool more = co_await fill(site);
        if (more) continue;
        if (searched == 0) co_return std::nullopt;
        co_return take(searched);
    }
}

Task<std::string> BufferedReader::read_all(std::size_t limit, std::source_location site) {
    auto using_it = hold(site);
    for (bool more = true; more;) {
        if (buffered().size() > limit) too_long("the rest", limit);
        more = co_await fill(site);
    }
    co_return take(buffered().size());
}

// Gets more bytes behind those that are there; false at the end of the stream. They are kept from the moment that they
// came, whatever is cancelled then.
Task<bool> BufferedReader::fill(std::source_location site) {
    check_whole();
    ReceivedBytes received = co_await source_->receive(site);
    if (start_ == buffer_.size()) {
        buffer_.clear();
        start_ = 0;
    } else if (start_ > buffer_.size() / 2) {
        buffer_.erase(0, start_);
        start_ = 0;
    }
    try {
        buffer_ += received.text();
    } catch (const std::bad_alloc&) {
        lost_ = true;
        throw;
    }
    co_return !received.empty();
}

// Behind bytes that there was no memory for nothing can be read.
void BufferedReader::check_whole() const {
    if (lost_) throw std::bad_alloc();
}

std::string BufferedReader::take(std::size_t count, std::size_t skip) {
    std::string taken(buffered().substr(0, count));
    start_ += count + skip;
    return taken;
}

void BufferedReader::too_long(const std::string& what, std::size_t limit) const {
    throw TooLong(what + " from " + name() + " is longer than " + bytes_text(limit));
}

std::string BufferedReader::name() const { return source_->peer_address().to_string(); }

ResourceGuard::Use BufferedReader::hold(const std::source_location& site) {
    return use_.enter([this] { return "read from " + name(); }, site);
}

} // namespace corduroy::net
