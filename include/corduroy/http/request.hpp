#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/http/body_reader.hpp>
#include <corduroy/http/headers.hpp>
#include <corduroy/http/request_head.hpp>
#include <corduroy/http/version.hpp>
#include <corduroy/net/address.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace corduroy::http {

// What a server's handler is given. The server reads the whole body before it calls the handler, up to its body limit;
// one that was told to stream calls it at the head, and the handler reads the body by `read` or `read_all`.
//
// A Request lives until its answer has been sent, so that the answer's body may be made of it. Its views are valid as
// long. It can be moved out by a handler that takes it by value.
class Request {
public:
    Request() = default;
    // For tests of handlers, which no server calls.
    explicit Request(RequestHead head, std::string body = {}) : head_(std::move(head)), body_(std::move(body)) {}

    Request(Request&&) noexcept = default;
    Request& operator=(Request&&) noexcept = default;

    // "GET"; case-sensitive.
    const std::string& method() const noexcept { return head_.method; }
    // As it stands in the request line: "/search?q=1", or "http://host/search?q=1", or "*".
    const std::string& target() const noexcept { return head_.target; }
    // The target's path, still percent-encoded: "/search". Of "*" it is "*".
    std::string_view path() const noexcept;
    // What follows the first '?', still percent-encoded; empty where there is none.
    std::string_view query() const noexcept;
    Version version() const noexcept { return head_.version; }
    const Headers& headers() const noexcept { return head_.headers; }
    // The Host that the client meant: of the target where it names one, otherwise of the header; empty where an
    // HTTP/1.0 client gave none. It is what the client says, and no more to be trusted than that.
    std::string_view host() const noexcept;

    // Who asks. Empty for a request that no connection brought.
    const net::Address& peer() const noexcept { return peer_; }

    // The whole body. Of a streamed request it is what `read_all` has gathered; before that it is an Error to ask.
    const std::string& bytes() const;
    // The same, as text: bytes are given as they came.
    const std::string& text() const { return bytes(); }

    // Whether the body is yet to be read.
    bool streamed() const noexcept { return reader_ != nullptr; }
    // The next piece of the body, valid until the next call; empty at the end. Of a body that was read whole the first
    // piece is all of it. The first read tells a client that waits for it to go on ("100 Continue"). Throws
    // ProtocolError where the client breaks the protocol or goes away, and TimeoutError where nothing comes for as long
    // as the server's silence_timeout; a handler that lets them pass has them answered with their status.
    Task<std::string_view> read();
    // Reads the rest of a streamed body and keeps it for `bytes`; TooLarge beyond `limit` bytes, which is answered with
    // 413 where the handler lets it pass.
    Task<> read_all(std::size_t limit = 1024 * 1024);

private:
    friend class ServerConnection;

    RequestHead head_;
    std::string body_;
    BodyReader* reader_ = nullptr; // the connection, which outlives the request
    bool cut_ = false;             // a part of the body is neither in `body_` nor to be had
    bool whole_given_ = false;     // `read` has given a body that was read whole
    net::Address peer_;
};

} // namespace corduroy::http
