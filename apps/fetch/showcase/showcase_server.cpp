#include "showcase/showcase_server.hpp"

#include <corduroy/async/sleep.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/body_reader.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

namespace fetch {

using corduroy::Task;
namespace http = corduroy::http;
namespace net = corduroy::net;
using namespace std::chrono_literals;

namespace {

// A body that is made as it is sent: so many bytes, in pieces of this size, with a pause before each.
class MadeBody final : public http::BodyReader {
public:
    MadeBody(std::size_t size, std::size_t piece, corduroy::Duration pause)
        : left_(size), piece_(piece, '.'), pause_(pause) {
        piece_.back() = '\n';
    }

    Task<std::string_view> read() override {
        if (left_ != 0 && pause_ != corduroy::Duration::zero()) co_await corduroy::sleep(pause_);
        std::size_t size = std::min(left_, piece_.size());
        left_ -= size;
        co_return std::string_view(piece_).substr(0, size);
    }

private:
    std::size_t left_;
    std::string piece_;
    corduroy::Duration pause_;
};

http::Response made(std::size_t size, std::size_t piece, corduroy::Duration pause, bool tell_size) {
    http::ResponseHead head;
    head.status = 200;
    head.headers.add("content-type", "text/plain");
    if (tell_size) head.headers.add("content-length", std::to_string(size));
    return http::Response(std::move(head), std::make_unique<MadeBody>(size, piece, pause));
}

Task<> promise_too_much(net::Stream stream) {
    auto request = co_await stream.read_until("\r\n\r\n");
    if (!request) co_return;
    co_await stream.write_all("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(400, '.'));
    co_await stream.shutdown();
}

} // namespace

Task<http::Response> answer_page(http::Request& request) {
    std::string_view path = request.path();
    if (path == "/fast") co_return http::Response(200, "This page is short and comes at once.\n");
    if (path == "/slow") {
        co_await corduroy::sleep(300ms);
        co_return http::Response(200, "This page was thought about for 300 ms.\n");
    }
    if (path == "/redirected") co_return http::Response(302, "").header("location", "/fast");
    if (path == "/chunked") co_return made(20'000, 1'000, 5ms, false);
    if (path == "/large") co_return made(64 * 1024 * 1024, 128 * 1024, 0ms, true);
    co_return http::Response(404, "There is no such page.\n");
}

Task<> serve_cut_short(net::Listener& listener) {
    for (;;) {
        net::Stream stream = co_await listener.accept();
        try {
            co_await promise_too_much(std::move(stream));
        } catch (const corduroy::Error&) {
            // Who goes away before the end misses nothing.
        }
    }
}

} // namespace fetch
