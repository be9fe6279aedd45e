#include "transfer/etag.hpp"

#include "options/arguments.hpp"
#include "output/line_file.hpp"

#include <filesystem>
#include <system_error>

namespace fetch {

using corduroy::Task;

std::string etag_to_compare(const std::string& path) {
    std::string etag;
    std::error_code unknown;
    if (std::filesystem::exists(path, unknown) || unknown) etag = content_of(path);
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
