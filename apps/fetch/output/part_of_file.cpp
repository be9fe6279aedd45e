#include "output/part_of_file.hpp"

#include "output/line_file.hpp"

#include <corduroy/os/file.hpp>

#include <cstddef>
#include <span>

namespace fetch {

using corduroy::Task;
namespace os = corduroy::os;

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

} // namespace fetch
