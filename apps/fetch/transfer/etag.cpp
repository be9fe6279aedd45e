#include "transfer/etag.hpp"

#include "file_error.hpp"
#include "options/arguments.hpp"
#include "output/line_file.hpp"

#include <corduroy/base/error.hpp>

#include <filesystem>

namespace fetch {

using corduroy::Task;

std::string etag_to_compare(const std::string& path) {
    std::string etag;
    try {
        if (std::filesystem::exists(path)) etag = content_of(path);
    } catch (const std::exception& error) {
        throw FileError(FileError::Doing::reading, error.what());
    }
    etag.erase(etag.find_last_not_of(" \t\r\n") + 1);
    return etag.empty() ? "\"\"" : etag;
}

Task<> save_etag(const std::string& path, const corduroy::http::Response& response) {
    auto etag = response.headers().get("etag");
    if (!etag) co_return;
    LineFile file(path);
    co_await file.open();
    std::string line(*etag);
    co_await file.add(std::move(line));
}

} // namespace fetch
