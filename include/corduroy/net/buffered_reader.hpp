#pragma once

#include <corduroy/async/sync/resource_guard.hpp>
#include <corduroy/net/byte_stream.hpp>
#include <corduroy/net/stream_errors.hpp>

#include <cstddef>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace corduroy::net {

// Reads a ByteStream in units: lines, parts that end with a delimiter, so many bytes. What it has read ahead it keeps,
// so that a read which is cancelled, or which fails, loses nothing: the next one, of any kind, finds the same bytes.
// But where there was no memory for what came nothing can be read any more.
// One read at a time; the Error for a second one names both places. It must stay where it is while somebody reads.
class BufferedReader {
public:
    static constexpr std::size_t default_limit = 64 * 1024;

    // The stream stays its owner's and must outlive the reader.
    explicit BufferedReader(ByteStream& source) noexcept : source_(&source) {}
    // What was read from it already is given first.
    BufferedReader(ByteStream& source, std::string read_ahead) noexcept
        : source_(&source), buffer_(std::move(read_ahead)) {}
    BufferedReader(BufferedReader&& other) noexcept;
    BufferedReader& operator=(BufferedReader&& other) noexcept;
    ~BufferedReader();

    // What was read ahead first, then as the stream's own.
    Task<std::size_t> read_some(std::span<std::byte> into, std::source_location site = std::source_location::current());
    Task<ReceivedBytes> receive(std::source_location site = std::source_location::current());

    // Exactly `count` bytes. EndOfStream where the stream ends before.
    Task<std::string> read_exactly(std::size_t count, std::source_location site = std::source_location::current());

    // The bytes before the next `delimiter`, which is taken out of the stream and left out; nothing when the stream
    // ends with no byte before it. EndOfStream where it ends before the delimiter; TooLong where more than `limit`
    // bytes come before it.
    Task<std::optional<std::string>> read_until(std::string delimiter, std::size_t limit = default_limit,
                                                std::source_location site = std::source_location::current());

    // The next line without its end, "\n" or "\r\n"; nothing at the end of the stream. The last line may lack its end.
    // TooLong where the line has more than `limit` bytes, its end not counted.
    Task<std::optional<std::string>> read_line(std::size_t limit = default_limit,
                                               std::source_location site = std::source_location::current());

    // All that comes until the end of the stream. TooLong where that is more than `limit` bytes.
    Task<std::string> read_all(std::size_t limit, std::source_location site = std::source_location::current());

    // The bytes that were read ahead.
    std::string_view buffered() const noexcept { return std::string_view(buffer_).substr(start_); }

private:
    ResourceGuard::Use hold(const std::source_location& site);
    Task<bool> fill(std::source_location site);
    void check_whole() const;
    std::string take(std::size_t count, std::size_t skip = 0);
    [[noreturn]] void too_long(const std::string& what, std::size_t limit) const;
    std::string name() const;

    ByteStream* source_;
    std::string buffer_; // what was read ahead, from `start_` on
    std::size_t start_ = 0;
    bool lost_ = false; // what came next, for there was no memory to keep it
    ResourceGuard use_;
};

} // namespace corduroy::net
