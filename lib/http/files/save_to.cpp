// A response's body into a file.

#include <corduroy/http/response.hpp>

#include "http/files/partial_file.hpp"

#include <utility>

namespace corduroy::http {

Task<> Response::save_to(std::string path) {
    PartialFile file(std::move(path));
    co_await file.begin();
    if (!streamed()) {
        co_await file.write(std::as_const(*this).bytes());
    } else {
        for (;;) {
            std::string_view piece = co_await read();
            if (piece.empty()) break;
            co_await file.write(piece);
        }
    }
    co_await file.complete();
}

} // namespace corduroy::http
