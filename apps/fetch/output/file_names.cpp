#include "output/file_names.hpp"

#include "output/part_of_file.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/http/url.hpp>

#include <filesystem>
#include <system_error>

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

std::string FileNames::claim(const std::string& path) {
    std::error_code error;
    auto status = fs::symlink_status(path, error);
    if (fs::is_symlink(status)) {
        status = fs::status(path, error);
        auto target = fs::weakly_canonical(path, error);
        if (!error && (!fs::exists(status) || fs::is_regular_file(status))) return claim_name(target.string());
    }
    if (fs::exists(status) && !fs::is_regular_file(status)) return {};
    return claim_name(path);
}

std::string FileNames::claim_name(const std::string& path) {
    for (const std::string& name : {path, part_name(path), tag_name(path)})
        if (is_taken(name)) return name;
    for (std::string_view ending : {".part", ".part.tag"}) {
        if (!path.ends_with(ending)) continue;
        std::string whole = path.substr(0, path.size() - ending.size());
        if (is_taken(whole)) return whole;
    }
    taken_.insert(plain_path(path));
    return {};
}

// Two ways to write the same path are the same file. The directory is asked about once, for a run writes few of them.
std::string FileNames::plain_path(const std::string& path) {
    fs::path whole(path);
    std::string directory = whole.parent_path().string();
    auto known = directories_.find(directory);
    if (known == directories_.end()) {
        std::error_code error;
        fs::path plain = fs::weakly_canonical(directory.empty() ? "." : directory, error);
        known = directories_.emplace(directory, error ? fs::path(directory) : plain).first;
    }
    return (known->second / whole.filename()).string();
}

} // namespace fetch
