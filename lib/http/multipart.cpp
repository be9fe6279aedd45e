#include "http/multipart.hpp"

#include "http/field_text.hpp"
#include "http/files/file_pieces.hpp"

#include <corduroy/http/error.hpp>
#include <corduroy/os/file.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <array>

namespace corduroy::http {

namespace {

// ; name="value", a quote in it as %22, which is what browsers send (HTML, "multipart form data").
void append_parameter(std::string& out, std::string_view parameter, std::string_view value, std::string_view what) {
    std::size_t bad = value.find_first_of(std::string_view("\r\n\0", 3));
    if (bad != std::string_view::npos)
        throw Error({{}, {}, Phase::send}, "the " + std::string(what) + " of a part holds the character " +
                                               hexadecimal(value[bad]) + ", which none may hold");
    out.append("; ").append(parameter).append("=\"");
    for (char c : value) {
        if (c == '"')
            out += "%22";
        else
            out += c;
    }
    out += '"';
}

std::string disposition(std::string_view name) {
    std::string head = "content-disposition: form-data";
    append_parameter(head, "name", name, "name");
    return head;
}

std::string file_head(std::string_view name, std::string_view filename, std::string_view type) {
    std::string head = disposition(name);
    append_parameter(head, "filename", filename, "filename");
    require_valid_field("content-type", type);
    return head.append("\r\ncontent-type: ").append(type).append("\r\n");
}

} // namespace

void Multipart::add(std::string_view name, std::string_view value) {
    parts_.push_back({disposition(name) + "\r\n", std::string(value), {}});
}

void Multipart::add_file(std::string_view name, std::string_view filename, std::string_view content,
                         std::string_view type) {
    parts_.push_back({file_head(name, filename, type), std::string(content), {}});
}

void Multipart::add_file_of(std::string_view name, std::string path, std::string_view type) {
    std::string_view filename = std::string_view(path).substr(path.rfind('/') + 1);
    std::string head = file_head(name, filename, type);
    if (path.find('\0') != std::string::npos)
        throw Error({{}, {}, Phase::send}, "the path of a part's file holds NUL, which none may hold");
    parts_.push_back({std::move(head), {}, std::move(path)});
}

bool Multipart::in_memory() const noexcept {
    return std::all_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.path.empty(); });
}

AsyncGenerator<std::string> Multipart::pieces(std::string boundary) const {
    for (const Part& part : parts_) {
        co_yield "--" + boundary + "\r\n" + part.head + "\r\n" + part.content;
        if (!part.path.empty()) {
            AsyncGenerator<std::string> contents = file_pieces(part.path);
            while (auto piece = co_await contents.next()) co_yield std::move(*piece);
        }
        co_yield "\r\n";
    }
    co_yield "--" + boundary + "--\r\n";
}

std::optional<std::uint64_t> Multipart::size(std::string_view boundary) const {
    std::uint64_t size = boundary.size() + 6;
    for (const Part& part : parts_) {
        size += boundary.size() + 8 + part.head.size() + part.content.size();
        if (part.path.empty()) continue;
        auto of_file = os::file_size(part.path);
        if (!of_file) return std::nullopt;
        size += *of_file;
    }
    return size;
}

std::string Multipart::text(std::string_view boundary) const {
    std::string out;
    out.reserve(static_cast<std::size_t>(size(boundary).value_or(0)));
    for (const Part& part : parts_) {
        out.append("--").append(boundary).append("\r\n");
        out.append(part.head).append("\r\n").append(part.content).append("\r\n");
    }
    out.append("--").append(boundary).append("--\r\n");
    return out;
}

std::string Multipart::make_boundary() {
    std::array<std::byte, 16> bytes;
    Reactor::current().kernel().random(bytes);
    std::string boundary = "corduroy-";
    for (std::byte each : bytes) boundary += hexadecimal(static_cast<char>(each)).substr(2);
    return boundary;
}

} // namespace corduroy::http
