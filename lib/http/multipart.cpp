#include "http/multipart.hpp"

#include "http/field_text.hpp"
#include "http/files/file_pieces.hpp"

#include <corduroy/http/error.hpp>
#include <corduroy/os/file.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <array>
#include <utility>

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

std::string disposition_of(std::string_view name) {
    std::string disposition = "form-data";
    append_parameter(disposition, "name", name, "name");
    return disposition;
}

// That of the parts within a part: another one, of which the outer one is no beginning (RFC 2046 section 5.1.2).
std::string inner_boundary(std::string_view boundary) {
    std::string inner(boundary);
    inner.insert(std::min(inner.find_first_not_of('-'), inner.size()), 1, 'm');
    return inner;
}

} // namespace

Part Part::of(std::string content) {
    Part part;
    part.content_ = std::move(content);
    return part;
}

Part Part::of_file(std::string path) {
    Part part;
    part.type_ = "application/octet-stream";
    part.filename_ = path.substr(path.rfind('/') + 1);
    part.path_ = std::move(path);
    return part;
}

Part& Part::type(std::string_view type) & {
    type_ = type;
    return *this;
}

Part& Part::filename(std::string_view filename) & {
    filename_ = filename;
    return *this;
}

Part&& Part::type(std::string_view type) && { return std::move(this->type(type)); }
Part&& Part::filename(std::string_view filename) && { return std::move(this->filename(filename)); }

void Multipart::add(std::string_view name, Part part) { add(Kind::part, disposition_of(name), std::move(part)); }

void Multipart::add(std::string_view name, std::vector<Part> parts) {
    add(Kind::group, disposition_of(name), Part());
    for (Part& part : parts) add(Kind::member, "attachment", std::move(part));
    entries_.push_back({Kind::end_of_group, {}, Part()});
}

void Multipart::add(Kind kind, std::string disposition, Part part) {
    if (part.filename_) append_parameter(disposition, "filename", *part.filename_, "filename");
    std::string head = "content-disposition: " + disposition + "\r\n";
    if (!part.type_.empty()) {
        require_valid_field("content-type", part.type_);
        head.append("content-type: ").append(part.type_).append("\r\n");
    }
    if (part.path_ && part.path_->find('\0') != std::string::npos)
        throw Error({{}, {}, Phase::send}, "the path of a part's file holds NUL, which none may hold");
    entries_.push_back({kind, std::move(head), std::move(part)});
}

std::string Multipart::before(const Entry& entry, std::string_view boundary) {
    bool outer = entry.kind == Kind::part || entry.kind == Kind::group;
    std::string text = "--" + (outer ? std::string(boundary) : inner_boundary(boundary));
    if (entry.kind == Kind::end_of_group) return text.append("--\r\n");
    text.append("\r\n").append(entry.head);
    if (entry.kind == Kind::group)
        text.append("content-type: multipart/mixed; boundary=").append(inner_boundary(boundary)).append("\r\n");
    return text.append("\r\n");
}

bool Multipart::in_memory() const noexcept {
    auto is_in_memory = [](const Entry& entry) { return !entry.part.path_ && !entry.part.make_; };
    return std::all_of(entries_.begin(), entries_.end(), is_in_memory);
}

AsyncGenerator<std::string> Multipart::pieces(std::string boundary) const {
    for (const Entry& entry : entries_) {
        const Part& part = entry.part;
        co_yield before(entry, boundary) + part.content_;
        if (part.make_ || part.path_) {
            AsyncGenerator<std::string> contents = part.make_ ? (*part.make_)() : file_pieces(*part.path_);
            while (auto piece = co_await contents.next()) co_yield std::move(*piece);
        }
        co_yield std::string(after(entry));
    }
    co_yield "--" + boundary + "--\r\n";
}

std::optional<std::uint64_t> Multipart::size(std::string_view boundary) const {
    std::uint64_t size = boundary.size() + 6;
    for (const Entry& entry : entries_) {
        const Part& part = entry.part;
        size += before(entry, boundary).size() + part.content_.size() + after(entry).size();
        if (!part.make_ && !part.path_) continue;
        auto of_content = part.make_ ? part.size_ : os::file_size(*part.path_);
        if (!of_content) return std::nullopt;
        size += *of_content;
    }
    return size;
}

std::string Multipart::text(std::string_view boundary) const {
    std::string out;
    out.reserve(static_cast<std::size_t>(size(boundary).value_or(0)));
    for (const Entry& entry : entries_)
        out.append(before(entry, boundary)).append(entry.part.content_).append(after(entry));
    out.append("--").append(boundary).append("--\r\n");
    return out;
}

std::string Multipart::make_boundary() {
    std::array<std::byte, 16> bytes;
    Reactor::current().kernel().random(bytes);
    std::string boundary(24, '-');
    for (std::byte each : bytes) boundary += hexadecimal(static_cast<char>(each)).substr(2);
    return boundary;
}

} // namespace corduroy::http
