#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/http/headers.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace corduroy::http {

// A body that comes piece by piece: the answer of a streamed request, the request a server is handling, or one's own
// source of a body to be sent. One reader at a time.
class BodyReader {
public:
    virtual ~BodyReader() = default;

    // The next piece, valid until the next call; empty at the end of the body. A body that ends early, or comes too
    // slowly, throws; after that the rest cannot be had. Cancelling it loses the connection, not the program.
    virtual Task<std::string_view> read() = 0;

    // The same, with memory of the caller's, to be kept as it is until the next call: a piece that can be received
    // straight into it lies at its beginning; one that cannot lies elsewhere, as `read` gives it.
    virtual Task<std::string_view> read_into(std::span<std::byte> room);

    // What came behind the body, when its end has been read; null where nothing can come there.
    virtual const Headers* trailers() const noexcept { return nullptr; }
};

inline Task<std::string_view> BodyReader::read_into(std::span<std::byte>) { return read(); }

} // namespace corduroy::http
