#include "output/file_names.hpp"

#include "output/part_of_file.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/http/url.hpp>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace fetch {

namespace fs = std::filesystem;
namespace http = corduroy::http;

namespace {

std::string_view last_part(std::string_view path) {
    std::string_view name = path.substr(path.find_last_of("/\\") + 1);
    return name == "." || name == ".." ? std::string_view() : name;
}

std::string unquoted(std::string_view text) {
    if (!text.starts_with('"')) return std::string(text.substr(0, text.find_first_of("; \t")));
    std::string word;
    for (std::size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        word += text[i];
    }
    return word;
}

} // namespace

std::string remote_name(const std::string& text) {
    try {
        http::Url url = http::Url::parse(text);
        return std::string(last_part(url.path()));
    } catch (const corduroy::Error&) {
        return {};
    }
}

std::string name_in_headers(const http::Headers& headers) {
    auto disposition = headers.get("content-disposition");
    if (!disposition) return {};
    constexpr std::string_view parameter = "filename=";
    for (std::size_t at = disposition->find(';'); at != std::string_view::npos; at = disposition->find(';', at)) {
        std::string_view rest = disposition->substr(++at);
        std::size_t begin = rest.find_first_not_of(" \t");
        if (begin == std::string_view::npos) break;
        rest.remove_prefix(begin);
        if (!http::equal_ignoring_case(rest.substr(0, parameter.size()), parameter)) continue;
        std::string name = unquoted(rest.substr(parameter.size()));
        return std::string(last_part(name));
    }
    return {};
}

std::string in_directory(const std::string& directory, const std::string& file) {
    if (directory.empty() || file.starts_with('/')) return file;
    return directory.ends_with('/') ? directory + file : directory + "/" + file;
}

FileNames::Claim FileNames::claim(const std::string& path) {
    struct stat there{};
    bool exists = ::lstat(path.c_str(), &there) == 0 || errno != ENOENT;
    if (!exists || S_ISREG(there.st_mode)) return {.taken = claim_name(path), .exists = exists};
    if (!S_ISLNK(there.st_mode)) return {.taken = {}, .exists = true};
    std::error_code error;
    auto status = fs::status(path, error);
    if (fs::exists(status) && !fs::is_regular_file(status)) return {.taken = {}, .exists = true};
    auto target = fs::weakly_canonical(path, error);
    return {.taken = claim_name(error ? path : target.string()), .exists = true};
}

std::string FileNames::claim_name(const std::string& path) {
    std::size_t before_name = path.rfind('/') + 1;
    std::string plain = plain_directory(path.substr(0, before_name));
    plain.append(path, before_name);
    if (taken_.contains(plain)) return path;
    std::string part = part_name(plain);
    if (taken_.contains(part)) return part_name(path);
    if (taken_.contains(part.append(".tag"))) return tag_name(path);
    for (std::string_view ending : {".part", ".part.tag"}) {
        if (!path.ends_with(ending)) continue;
        std::string whole = plain.substr(0, plain.size() - ending.size());
        if (taken_.contains(whole)) return path.substr(0, path.size() - ending.size());
    }
    taken_.insert(std::move(plain));
    return {};
}

const std::string& FileNames::plain_directory(const std::string& written) {
    auto known = directories_.find(written);
    if (known != directories_.end()) return known->second;
    std::error_code error;
    fs::path plain = fs::weakly_canonical(written.empty() ? "." : written, error);
    std::string directory = error ? written : plain.string();
    if (!directory.ends_with('/')) directory += '/';
    return directories_.emplace(written, std::move(directory)).first->second;
}

} // namespace fetch
