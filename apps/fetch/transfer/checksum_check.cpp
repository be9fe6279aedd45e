#include "transfer/checksum_check.hpp"

#include <corduroy/os/file.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace fetch {

using corduroy::Task;
namespace http = corduroy::http;
namespace os = corduroy::os;

ChecksumCheck::ChecksumCheck(std::optional<Checksum> wanted) : wanted_(std::move(wanted)) {
    if (wanted_) hash_.emplace(wanted_->algorithm);
}

Task<> ChecksumCheck::add_file(std::string path, std::uint64_t size) {
    if (!hash_ || !os::file_size(path)) co_return;
    os::File file = co_await os::File::open(path);
    std::vector<std::byte> piece(128 * 1024);
    while (size != 0) {
        std::span<std::byte> into(piece);
        into = into.first(std::min<std::uint64_t>(size, into.size()));
        std::size_t count = co_await file.read_some(into);
        if (count == 0) co_return;
        add({reinterpret_cast<const char*>(piece.data()), count});
        size -= count;
    }
}

void ChecksumCheck::finish(std::string_view method, std::string_view url) {
    if (!hash_) return;
    std::string hex = hash_->hex();
    if (hex == wanted_->hex) return;
    throw WrongChecksum({.method = method, .url = url, .phase = http::Phase::body},
                        "its " + wanted_->algorithm + " is " + hex + ", and not " + wanted_->hex +
                            " as --checksum has it");
}

} // namespace fetch
