#pragma once

#include <corduroy/base/time.hpp>
#include <corduroy/http/response.hpp>
#include <corduroy/http/response_head.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace corduroy::testing {

// What a StubServer answers: a response, or any bytes, whole or piece by piece, at once or late, to its end or not.
//
//     StubAnswer(200, "hello").header("etag", "\"1\"")
//     StubAnswer(200).then("first").pause(1s).then("second")     // a streamed body, in chunks
//     StubAnswer::raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort").then_reset()
class StubAnswer {
public:
    // A response; its body has a length unless pieces follow by `then`. A content type is set where there is a body.
    explicit StubAnswer(int status = 200, std::string body = {},
                        std::string_view content_type = "text/plain; charset=utf-8");
    // These bytes as they are; so is what follows by `then`.
    static StubAnswer raw(std::string bytes);
    // What a server's handler gave, whose body has been read.
    static StubAnswer of(http::Response response);
    // Never a byte.
    static StubAnswer silence();

    StubAnswer&& header(std::string_view name, std::string_view value) &&;
    // The answer begins so much later.
    StubAnswer&& after(Duration time) &&;
    // A further piece, which no read of the client joins to the one before.
    StubAnswer&& then(std::string bytes) &&;
    // Time that passes before what comes next.
    StubAnswer&& pause(Duration time) &&;
    // The server closes the connection there, without having said so; or resets it; or falls silent there. Nothing
    // follows that.
    StubAnswer&& then_close() &&;
    StubAnswer&& then_reset() &&;
    StubAnswer&& then_silence() &&;

    // For the server: what to do for an answer to this method, one after the other.
    struct Step {
        enum class Kind : unsigned char { bytes, pause, close, reset, silence };
        Kind kind = Kind::bytes;
        std::string bytes;
        Duration time{};
    };
    std::vector<Step> steps(std::string_view method) const;

private:
    bool raw_ = false;
    bool ends_early_ = false;
    Duration delay_{};
    http::ResponseHead head_;
    std::string body_;
    std::vector<Step> rest_;
};

} // namespace corduroy::testing
