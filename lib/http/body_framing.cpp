#include <corduroy/http/body_framing.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/http/method.hpp>
#include <corduroy/http/request_head.hpp>
#include <corduroy/http/status.hpp>

#include <charconv>

namespace corduroy::http {

std::optional<std::uint64_t> content_length(const Headers& headers) {
    auto text = headers.get("content-length");
    if (!text) return std::nullopt;
    std::uint64_t size = 0;
    auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), size);
    if (error != std::errc{} || end != text->data() + text->size())
        throw corduroy::Error("the Content-Length is no number: " + std::string(*text));
    return size;
}

BodyFraming request_framing(std::string_view method, std::optional<std::uint64_t> size) noexcept {
    if (!size) return BodyFraming::chunked;
    if (*size == 0 && !method_expects_body(method)) return BodyFraming::none;
    return BodyFraming::sized;
}

BodyFraming response_framing(std::string_view request_method, Version request_version, int status,
                             std::optional<std::uint64_t> size) noexcept {
    if (request_method == "HEAD" || !status_has_body(status)) return BodyFraming::none;
    if (request_method == "CONNECT" && status < 300) return BodyFraming::none;
    if (size) return BodyFraming::sized;
    return request_version == Version::http_1_1 ? BodyFraming::chunked : BodyFraming::until_close;
}

void set_framing(Headers& headers, BodyFraming framing, std::uint64_t size) {
    headers.remove("content-length");
    headers.remove("transfer-encoding");
    if (framing == BodyFraming::sized) headers.add("Content-Length", std::to_string(size));
    if (framing == BodyFraming::chunked) headers.add("Transfer-Encoding", "chunked");
}

ChunkPrefix::ChunkPrefix(std::size_t size) noexcept : begin_(sizeof bytes_) {
    bytes_[--begin_] = '\n';
    bytes_[--begin_] = '\r';
    do {
        bytes_[--begin_] = "0123456789abcdef"[size & 15];
        size >>= 4;
    } while (size != 0);
}

void append_chunk(std::string& out, std::string_view data) {
    if (data.empty()) return;
    out.append(ChunkPrefix(data.size()).text()).append(data).append(chunk_end);
}

void append_end_of_chunks(std::string& out, const Headers& trailers) {
    out.append("0\r\n");
    append_fields(out, trailers);
    append_end_of_head(out);
}

} // namespace corduroy::http
