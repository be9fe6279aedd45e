#include "http/files/file_pieces.hpp"

#include <corduroy/os/file.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace corduroy::http {

AsyncGenerator<std::string> file_pieces(std::string path) {
    constexpr std::size_t piece_size = 256 * 1024;
    os::File file = co_await os::File::open(std::move(path));
    for (;;) {
        std::string piece(piece_size, '\0');
        std::size_t size = co_await file.read_some(std::as_writable_bytes(std::span(piece)));
        if (size == 0) break;
        piece.resize(size);
        co_yield std::move(piece);
    }
    co_await file.close();
}

} // namespace corduroy::http
