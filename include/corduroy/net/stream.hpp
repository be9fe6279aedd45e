#pragma once

#include <corduroy/net/buffered_reader.hpp>
#include <corduroy/net/byte_stream.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace corduroy::net {

// A connection, as `connect` and `Listener::accept` give it: TCP, Unix or TLS alike. It owns the ByteStream that does
// the work, and what was read ahead of lines. Move-only; it must stay where it is while somebody reads. Destroying it
// closes the connection at once: `co_await stream.shutdown()` first to have everything sent. One that outlives its
// reactor was closed by that: whoever reads or writes it on another one gets an IoError (ECONNABORTED).
//
// See ByteStream for what the calls do and throw, and BufferedReader for those that read in units.
class Stream {
public:
    explicit Stream(std::unique_ptr<ByteStream> stream) noexcept : stream_(std::move(stream)), reader_(*stream_) {}
    // The same where some of what the peer sent has been read already: that is read first.
    Stream(std::unique_ptr<ByteStream> stream, std::string read_ahead) noexcept
        : stream_(std::move(stream)), reader_(*stream_, std::move(read_ahead)) {}

    Task<std::size_t> read_some(std::span<std::byte> into,
                                std::source_location site = std::source_location::current()) {
        return reader_.read_some(into, site);
    }
    Task<ReceivedBytes> receive(std::source_location site = std::source_location::current()) {
        return reader_.receive(site);
    }
    Task<std::string> read_exactly(std::size_t count, std::source_location site = std::source_location::current()) {
        return reader_.read_exactly(count, site);
    }
    Task<std::optional<std::string>> read_until(std::string delimiter,
                                                std::size_t limit = BufferedReader::default_limit,
                                                std::source_location site = std::source_location::current()) {
        return reader_.read_until(std::move(delimiter), limit, site);
    }
    Task<std::optional<std::string>> read_line(std::size_t limit = BufferedReader::default_limit,
                                               std::source_location site = std::source_location::current()) {
        return reader_.read_line(limit, site);
    }
    Task<std::string> read_all(std::size_t limit, std::source_location site = std::source_location::current()) {
        return reader_.read_all(limit, site);
    }

    Task<> write_all(std::span<const std::byte> bytes, std::source_location site = std::source_location::current()) {
        return stream_->write_all(bytes, site);
    }
    Task<> write_all(std::string_view text, std::source_location site = std::source_location::current()) {
        return stream_->write_all(std::as_bytes(std::span(text)), site);
    }
    void write_soon(std::string bytes) { stream_->write_soon(std::move(bytes)); }
    void write_copy_soon(std::string_view bytes) { stream_->write_copy_soon(bytes); }
    Task<> flush(std::source_location site = std::source_location::current()) { return stream_->flush(site); }
    Task<> shutdown(std::source_location site = std::source_location::current()) { return stream_->shutdown(site); }

    void abort() noexcept { stream_->abort(); }

    Address local_address() const { return stream_->local_address(); }
    Address peer_address() const { return stream_->peer_address(); }

    // What was read ahead, and the stream beneath: for a protocol that takes over, such as TLS after STARTTLS.
    std::string_view buffered() const noexcept { return reader_.buffered(); }
    ByteStream& bytes() noexcept { return *stream_; }
    // Gives the stream beneath away; what was read ahead is dropped, so look at `buffered` first.
    std::unique_ptr<ByteStream> into_bytes() && noexcept { return std::move(stream_); }

private:
    std::unique_ptr<ByteStream> stream_;
    BufferedReader reader_;
};

// A stream on a connected stream socket (TCP or Unix, of the current reactor's kernel), which becomes the stream's.
std::unique_ptr<ByteStream> adopt_socket(int fd);
// Likewise where this side made the connection, to `peer`, and is the first to speak. (It may not be: that costs a read
// some hundred nanoseconds.)
std::unique_ptr<ByteStream> adopt_socket(int fd, const Address& peer);

// Two streams that are connected to each other (socketpair(2)). Throws IoError.
std::pair<Stream, Stream> stream_pair();

} // namespace corduroy::net
