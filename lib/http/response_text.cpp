// A Response's body as text, as lines and as pieces.

#include <corduroy/http/response.hpp>

#include "http/content/charset.hpp"

#include <corduroy/http/error.hpp>

#include <exception>
#include <utility>

namespace corduroy::http {

namespace {

std::string text_origin(const Response& response) {
    return response.final_url() ? response.final_url()->redacted() : std::string();
}

// The pieces of a body that is streamed, or the one of a body that is there.
class Pieces {
public:
    explicit Pieces(Response& response) noexcept : response_(response), whole_(!response.streamed()) {}

    Task<std::string_view> next() {
        if (!whole_) co_return co_await response_.read();
        if (std::exchange(given_, true)) co_return std::string_view();
        co_return std::string_view(std::as_const(response_).bytes());
    }

private:
    Response& response_;
    bool whole_;
    bool given_ = false;
};

AsyncGenerator<std::string> lines_of(Response& response, std::size_t limit) {
    Pieces pieces(response);
    std::string line;
    for (;;) {
        std::string_view piece = co_await pieces.next();
        if (piece.empty()) break;
        while (!piece.empty()) {
            std::size_t end = piece.find('\n');
            line += piece.substr(0, end);
            std::size_t length = line.size() - (line.ends_with('\r') ? 1 : 0);
            if (length > limit)
                throw TooLarge({response.method(), text_origin(response), Phase::body},
                               "a line of the body is longer than " + std::to_string(limit) + " bytes", limit);
            if (end == std::string_view::npos) break;
            piece.remove_prefix(end + 1);
            line.resize(length);
            co_yield std::exchange(line, {});
        }
    }
    if (!line.empty()) co_yield std::move(line);
}

AsyncGenerator<std::string> chunks_of(Response& response) {
    Pieces pieces(response);
    for (;;) {
        std::string_view piece = co_await pieces.next();
        if (piece.empty()) break;
        co_yield std::string(piece);
    }
}

} // namespace

std::string Response::charset() const { return charset_of(headers().get("content-type").value_or("")); }

std::string Response::text(std::string_view default_charset) const {
    std::string said = charset();
    try {
        return to_utf8(bytes(), said.empty() ? default_charset : said);
    } catch (const Error&) {
        rethrow_in_context(std::current_exception(), {method(), text_origin(*this), Phase::body});
    }
}

AsyncGenerator<std::string> Response::lines(std::size_t limit) { return lines_of(*this, limit); }
AsyncGenerator<std::string> Response::chunks() { return chunks_of(*this); }

} // namespace corduroy::http
