#pragma once

#include <corduroy/http/headers.hpp>
#include <corduroy/http/version.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace corduroy::http {

// How a body is told apart from what follows it (RFC 9112 section 6).
enum class BodyFraming : unsigned char {
    // There is none.
    none,
    // Content-Length says how many bytes.
    sized,
    // Chunks, each with its size before it.
    chunked,
    // It ends where the connection ends. Answers only.
    until_close,
};

// The framing to send a request's body with. `size` is the body's, or nothing where it is not known yet. A body of no
// bytes is `sized` for the methods that are expected to have one, and `none` for others.
BodyFraming request_framing(std::string_view method, std::optional<std::uint64_t> size) noexcept;

// The framing to send an answer's body with, to a request of this method and version: `none` to HEAD and for 1xx, 204
// and 304; `chunked` where the size is not known, or `until_close` for a peer that speaks HTTP/1.0 alone.
BodyFraming response_framing(std::string_view request_method, Version request_version, int status,
                             std::optional<std::uint64_t> size) noexcept;

// Makes the fields say it: removes Content-Length and Transfer-Encoding, and adds the one that belongs to the framing.
void set_framing(Headers& headers, BodyFraming framing, std::uint64_t size = 0);

// What Content-Length says; nothing where there is none. Throws Error where it is no number.
std::optional<std::uint64_t> content_length(const Headers& headers);

// The bytes before a chunk of this many bytes: its size in hexadecimal and a line end. After its data comes
// `chunk_end`. No chunk may be empty: that is the end of the body, which is end_of_chunks.
class ChunkPrefix {
public:
    explicit ChunkPrefix(std::size_t size) noexcept;
    std::string_view text() const noexcept { return {bytes_ + begin_, sizeof bytes_ - begin_}; }

private:
    char bytes_[18];
    unsigned char begin_;
};

inline constexpr std::string_view chunk_end = "\r\n";
// The last chunk, where there are no trailers.
inline constexpr std::string_view end_of_chunks = "0\r\n\r\n";

// Appends `data` as one chunk; nothing where it is empty.
void append_chunk(std::string& out, std::string_view data);
// Appends the last chunk with these trailers.
void append_end_of_chunks(std::string& out, const Headers& trailers);

} // namespace corduroy::http
