#pragma once

#include "input/list_file.hpp"
#include "input/url_glob.hpp"
#include "options/options.hpp"
#include "transfer/target.hpp"

#include <corduroy/async/task.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace fetch {

// What there is to fetch, in its order. Lists are read as they are needed.
class UrlSource {
public:
    explicit UrlSource(const Options& options) : options_(options) {}
    UrlSource(const UrlSource&) = delete;

    // The next one; nothing when there are no more. Throws IoError where a list cannot be read, Error where a URL's
    // braces or brackets make no sense.
    corduroy::Task<std::optional<Target>> next();

private:
    const Operation& operation() const noexcept { return options_.operations[operation_]; }
    // The next source of URLs, or the next operation's first; false where there is none.
    corduroy::Task<bool> open_next();
    UrlGlob glob_of(std::string_view text) const;
    UrlGlob opened_url() const;
    // Whether there is another file for the URL.
    bool next_upload();
    Target target(std::string url, std::string_view name);

    const Options& options_;
    std::size_t operation_ = 0;
    std::size_t source_ = 0;         // in the operation: the one that is opened next
    std::size_t number_ = 0;         // in the operation: of the URL, for -o and -T
    std::size_t index_ = 0;          // in the run
    std::optional<UrlGlob> uploads_; // of the URL that is open: it is repeated for each
    std::string upload_;             // the present one
    std::optional<UrlGlob> glob_;    // the source that is open, if it is a URL,
    std::optional<ListFile> list_;   // or a list
};

// What a user means by it: text without a scheme is taken for one of `scheme`.
std::string with_scheme(std::string text, std::string_view scheme);

} // namespace fetch
