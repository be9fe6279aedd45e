#include "output/part_of_file.hpp"

#include "output/line_file.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/os/file.hpp>

#include <charconv>
#include <cstddef>
#include <span>
#include <string_view>

namespace fetch {

using corduroy::Task;
namespace http = corduroy::http;
namespace os = corduroy::os;

namespace {

std::optional<std::uint64_t> number(std::string_view digits) {
    std::uint64_t value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

} // namespace

std::string part_name(const std::string& file) { return file + ".part"; }
std::string tag_name(const std::string& file) { return part_name(file) + ".tag"; }

Task<PartOfFile> find_part(std::string file) {
    PartOfFile part;
    if (os::file_size(tag_name(file))) {
        part.size = os::file_size(part_name(file)).value_or(0);
        part.tag.resize(1024);
        os::File opened = co_await os::File::open(tag_name(file));
        std::size_t size = co_await opened.read_some(std::as_writable_bytes(std::span(part.tag)));
        part.tag.resize(size);
        part.tag.erase(part.tag.find_last_not_of('\n') + 1);
        if (part.tag.empty()) part.size = 0;
    } else {
        part.size = os::file_size(file).value_or(0);
    }
    co_return part;
}

Task<> write_tag(const std::string& file, const std::string& tag) {
    LineFile lines(tag_name(file));
    co_await lines.open();
    co_await lines.add(tag);
}

std::string tag_of(const http::Headers& headers) {
    if (headers.contains("content-encoding")) return {}; // its parts would be of what is encoded
    std::string_view tag = headers.get("etag").value_or("");
    if (tag.starts_with('"')) return std::string(tag);
    return tag.empty() ? std::string(headers.get("last-modified").value_or("")) : std::string();
}

ContentRange::ContentRange(const http::Headers& headers) {
    std::string_view text = headers.get("content-range").value_or("");
    std::size_t slash = text.find('/');
    if (!text.starts_with("bytes ") || slash == std::string_view::npos) return;
    size = number(text.substr(slash + 1));
    first = number(text.substr(6, std::min(text.find('-'), slash) - 6));
}

} // namespace fetch
