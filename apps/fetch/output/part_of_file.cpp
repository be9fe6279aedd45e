#include "output/part_of_file.hpp"

#include "output/line_file.hpp"

#include <corduroy/os/file.hpp>

#include <climits>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <span>
#include <string_view>

namespace fetch {

using corduroy::Task;
namespace os = corduroy::os;

namespace {

// ".part.tag", or the number that stands behind a part whose name is taken.
constexpr std::size_t room_for_ending = 10;

} // namespace

std::string part_name(const std::string& file) {
    std::size_t name = file.rfind('/') + 1;
    if (file.size() - name + room_for_ending <= NAME_MAX) return file + ".part";
    char number[17];
    std::snprintf(number, sizeof number, "%016zx", std::hash<std::string_view>()(std::string_view(file).substr(name)));
    return file.substr(0, name + NAME_MAX - room_for_ending - sizeof number) + "." + number + ".part";
}

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

} // namespace fetch
