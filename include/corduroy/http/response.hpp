#pragma once

#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/frame_pool.hpp>
#include <corduroy/http/body_reader.hpp>
#include <corduroy/http/headers.hpp>
#include <corduroy/http/response_head.hpp>
#include <corduroy/http/trace.hpp>
#include <corduroy/http/url.hpp>
#include <corduroy/net/byte_stream.hpp>
#include <corduroy/net/stream.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corduroy::http {

// How a body of JSON becomes a value: <corduroy/http/json.hpp> says it. AnyJson stands for nlohmann::json.
struct AnyJson;
template <class Value>
struct JsonValue;

// An answer: what a client is given, and what a server's handler gives. It owns its bytes.
//
// `co_await http::get(url)` gives it with the whole body read; `.streamed()` gives it at the head, and the body is then
// read piece by piece. Whether a status is good or bad is for the caller to say. Moving one moves a pointer; what has
// been moved from is as a new one without anything. What an empty one shows of itself all empty ones have in common, so
// that a reference to it does not follow what is set later.
class Response {
public:
    // For a server: 200, without a body.
    Response() noexcept = default;
    // This status, and a body. A content type is set where there is a body.
    explicit Response(int status, std::string body = {}, std::string_view content_type = "text/plain; charset=utf-8");
    Response(ResponseHead head, std::string body);
    // With a body that is still to come; a server sends it in chunks, or in `size` bytes where that is known.
    Response(ResponseHead head, std::unique_ptr<BodyReader> body);

    Response(Response&&) noexcept = default;
    Response& operator=(Response&&) noexcept = default;

    int status() const noexcept { return parts().head.status; }
    // The words after the status, as the server chose them; often empty.
    const std::string& reason() const noexcept { return parts().head.reason; }
    Version version() const noexcept { return parts().head.version; }
    const Headers& headers() const noexcept { return parts().head.headers; }
    Headers& headers() { return parts().head.headers; }
    // Adds a header; for a handler's `co_return http::Response(200, page).header("cache-control", "no-store");`
    Response& header(std::string_view name, std::string_view value) &;
    Response&& header(std::string_view name, std::string_view value) &&;

    // The whole body. Of a streamed response it is what `read_all` has gathered; before that it is an Error to ask.
    const std::string& bytes() const&;
    std::string bytes() &&;
    // The body as text, in UTF-8: from the charset that a byte order mark says, or the content type, or else
    // `default_charset`. What is malformed becomes U+FFFD, as browsers do (WHATWG Encoding). A charset that is not
    // known is an http::Error that names it; iconv knows some thousand.
    std::string text(std::string_view default_charset = "utf-8") const;
    // The charset that the content type says, as it does; empty where it says none.
    std::string charset() const;
    // The body as JSON; it takes <corduroy/http/json.hpp>. `json()` is a nlohmann::json, `json<Order>()` what its
    // from_json makes. A JsonError names URL and offset.
    template <class Value = AnyJson>
    auto json() const {
        return JsonValue<Value>::of(*this);
    }

    // Throws a StatusError where the status is 400 or above: it has the status, the URL and the beginning of the body,
    // as much as has been read. Gives the response itself: `(co_await http::get(url)).raise_for_status().text()`.
    Response& raise_for_status() &;
    Response&& raise_for_status() &&;

    // Whether the body is yet to be read.
    bool streamed() const noexcept { return parts().reader != nullptr; }
    // The next piece of a streamed body, valid until the next call; empty at the end. One reader at a time; a response
    // dropped before its end closes the connection, or leaves what is to come to whoever has the connection next. It
    // may outlive the reactor that it came by: destroying it does no harm then, and what was not read is an
    // http::Error.
    Task<std::string_view> read();
    // The same, with memory of the caller's, to be kept as it is until the next call. Where much of the body is to come
    // just as it was sent, sized and not encoded, the piece is received straight into it and lies at its beginning,
    // and may be as large; otherwise it lies elsewhere. For what gathers large pieces without copying them.
    Task<std::string_view> read_into(std::span<std::byte> room);
    // Reads the rest of a streamed body, at most `limit` bytes (TooLarge beyond), and keeps it for `bytes`.
    Task<> read_all(std::size_t limit = 64 * 1024 * 1024);

    // The body line by line, without their ends, "\n" or "\r\n", as they come; the last may lack its end. A line of
    // more than `limit` bytes is a TooLarge. And piece by piece. The response must outlive the generator; both read a
    // streamed body, and walk through one that is whole: `auto lines = response.lines(); while (auto line = co_await
    // lines.next())`.
    AsyncGenerator<std::string> lines(std::size_t limit = 1024 * 1024);
    AsyncGenerator<std::string> chunks();

    // Writes the body to a file, as it comes where it is streamed: to `path` with ".part" behind it, which is given its
    // name when all is there, so that a file of the name is whole. Whatever ends it early removes the part. Throws what
    // reading the body throws, and IoError, which names the file. (`download` can go on with what was there.)
    Task<> save_to(std::string path);

    // The method of the request; empty for a response that no request brought.
    const std::string& method() const noexcept { return parts().method; }
    // Where the answer came from in the end; empty for a response that no request brought.
    const std::optional<Url>& final_url() const noexcept { return parts().url; }
    const Url& url() const;

    // A redirect that was followed on the way here.
    struct Hop {
        Url url;
        int status;
        ResponseHead head;
    };
    // The redirects, the first one first.
    const std::vector<Hop>& history() const noexcept;

    // When the request reached what it did.
    const Timings& timings() const noexcept { return parts().timings; }
    // The fields that came behind a chunked body; of a streamed one when its end has been read.
    const Headers& trailers() const noexcept;

    // Whether the server has taken up the "upgrade" that the request offered (101): the connection then speaks another
    // protocol, and is the caller's to take, once. Otherwise taking it is an Error.
    bool upgraded() const noexcept { return parts().extras && parts().extras->connection; }
    net::Stream take_connection();

    // For the client: where it came from.
    void set_origin(Url&& url, std::string&& method);
    void set_history(std::vector<Hop> history);
    void set_timings(const Timings& timings) { parts().timings = timings; }
    void set_begun(TimePoint begun) { parts().timings.begun = begun; }
    void set_trailers(Headers trailers);
    void set_connection(std::unique_ptr<net::ByteStream> stream, std::string read_ahead);
    // For the client and the server: what is put together, or given away to be sent.
    ResponseHead& head() { return parts().head; }
    std::string& body() { return parts().body; }
    std::unique_ptr<BodyReader> take_reader() noexcept;
    void set_reader(std::unique_ptr<BodyReader> reader) { parts().reader = std::move(reader); }

private:
    // What most answers have not.
    struct Extras {
        Headers trailers;
        std::vector<Hop> history;
        std::unique_ptr<net::ByteStream> connection;
        std::string read_ahead;
    };
    // In memory of its own, from the frame pool: an answer goes through several hands, and is in none of them while it
    // is waited for.
    struct Parts : FromFramePool {
        Parts() noexcept = default;
        Parts(ResponseHead&& head, std::string&& body, std::unique_ptr<BodyReader> reader) noexcept
            : head(std::move(head)), body(std::move(body)), reader(std::move(reader)) {}

        ResponseHead head{Version::http_1_1, 200, {}, {}};
        std::string body;
        std::unique_ptr<BodyReader> reader;
        std::optional<Url> url;
        std::string method; // of the request
        Timings timings;
        std::unique_ptr<Extras> extras;
    };
    struct Release {
        void operator()(Parts* parts) const noexcept;
    };

    const Parts& parts() const noexcept { return parts_ ? *parts_ : nothing(); }
    Parts& parts() {
        if (!parts_) [[unlikely]]
            make_parts();
        return *parts_;
    }
    static const Parts& nothing() noexcept;
    void make_parts();
    Extras& extras();
    // For messages; empty where there is none.
    std::string url_text() const;
    void end_stream();

    std::unique_ptr<Parts, Release> parts_; // null where nothing has been said
};

} // namespace corduroy::http
