#include "transfer/request.hpp"

#include "blanks.hpp"
#include "file_error.hpp"
#include "options/arguments.hpp"
#include "options/time_condition.hpp"
#include "output/descriptor.hpp"
#include "transfer/cookies.hpp"
#include "transfer/etag.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/lower_case.hpp>
#include <corduroy/http/error.hpp>

#include <algorithm>
#include <filesystem>
#include <unistd.h>
#include <unordered_set>
#include <utility>

namespace fetch {

using corduroy::AsyncGenerator;
namespace http = corduroy::http;

namespace {

constexpr std::size_t piece_size = 128 * 1024;

// "." asks curl not to wait for it; here nothing waits for it but what is sent.
bool is_standard_input(const std::string& upload) { return upload == "-" || upload == "."; }

// Whether the URL is a directory that the uploaded file is to be in.
bool names_file(const Target& target, std::string_view path) {
    return !target.upload.empty() && !is_standard_input(target.upload) && path.ends_with('/');
}

// With what is to be added to its query, and of an upload to a directory the file's name.
http::Url url_of(const Target& target) {
    const RequestOptions& request = target.operation->request;
    http::Url url = http::Url::parse(target.url);
    if (request.netrc.logins && !request.netrc.optional && url.has_userinfo()) url = url.without_userinfo();
    if (names_file(target, url.path())) {
        std::string name = target.upload.substr(target.upload.rfind('/') + 1);
        http::Url of_file = url.join(http::percent_encode(name));
        url = url.has_query() ? of_file.with_added_query(url.query()) : of_file;
    }
    if (!request.query.empty()) url = url.with_added_query(request.query);
    if (request.data && request.data_in_query) url = url.with_added_query(*request.data);
    if (!request.protocols.allow(url.href()))
        throw http::UnsupportedUrl(url.redacted(), "its scheme is none of those that --proto allows");
    return url;
}

// The target as the URL's text has it, in which a Url would have resolved "/../".
std::string target_as_is(const Target& target, const http::Url& url) {
    std::string_view text = target.url;
    text.remove_prefix(std::min(text.find("://"), text.size() - 3) + 3);
    text = text.substr(0, text.find('#'));
    text.remove_prefix(std::min(text.find_first_of("/?"), text.size()));
    std::string_view path = text.substr(0, text.find('?'));
    std::string as_is = path.empty() ? "/" : std::string(path);
    if (names_file(target, as_is)) as_is += http::percent_encode(target.upload.substr(target.upload.rfind('/') + 1));
    if (url.has_query()) as_is.append("?").append(url.query());
    std::string sent;
    for (char c : as_is) {
        auto byte = static_cast<unsigned char>(c);
        bool plain = byte > 0x20 && byte < 0x7f;
        sent += plain ? std::string(1, c) : http::percent_encode(std::string_view(&c, 1));
    }
    return sent;
}

AsyncGenerator<std::string> pieces_of(std::string path) {
    int fd = STDIN_FILENO;
    if (!is_standard_input(path)) {
        auto opened = co_await attempt(open_to_read(path));
        if (!opened) throw FileError(FileError::Doing::reading, opened.failure().message());
        fd = *opened;
    }
    OpenFile file(fd);
    for (;;) {
        std::string piece(piece_size, '\0');
        std::size_t size = co_await read_some(file.get(), piece.data(), piece.size(), path);
        if (size == 0) co_return;
        piece.resize(size);
        co_yield std::move(piece);
    }
}

std::uint64_t size_of(const std::string& path) {
    std::error_code error;
    std::uint64_t size = std::filesystem::file_size(path, error);
    if (error) throw FileError(FileError::Doing::reading, "open " + path + " failed: " + error.message());
    return size;
}

AsyncGenerator<std::string> whole(std::string text) { co_yield std::move(text); }

http::RequestBuilder with_body(http::RequestBuilder request, std::string text, std::string_view type, bool chunked) {
    if (!chunked) return std::move(request).body(std::move(text), type);
    auto again = [text = std::move(text)] { return whole(text); };
    return std::move(request).body(std::move(again), std::nullopt, type);
}

http::RequestBuilder with_upload(http::RequestBuilder request, const std::string& path, bool chunked) {
    if (is_standard_input(path)) return std::move(request).body(pieces_of(path), std::nullopt, {});
    std::uint64_t size = size_of(path);
    auto again = [path] { return pieces_of(path); };
    return std::move(request).body(again, chunked ? std::nullopt : std::optional(size), {});
}

// The client says itself how it sends a body, and has to be told.
bool asks_for_chunks(const std::vector<std::string>& headers) {
    constexpr std::string_view name = "transfer-encoding:";
    return std::ranges::any_of(headers, [name](const std::string& line) {
        std::string small = corduroy::lower_case(line);
        return small.starts_with(name) && without_blanks(std::string_view(small).substr(name.size())) == "chunked";
    });
}

// "NAME: VALUE" in place of the program's own, "NAME;" for an empty value, "NAME:" for no such header.
http::RequestBuilder with_headers(http::RequestBuilder request, const std::vector<std::string>& lines) {
    std::unordered_set<std::string> given;
    for (const std::string& line : lines) {
        std::size_t end = line.find_first_of(":;"); // there is one: see option_groups.cpp
        std::string_view name = std::string_view(line).substr(0, end);
        std::string_view value = std::string_view(line).substr(end + 1);
        bool none = line[end] == ':' && value.find_first_not_of(" \t") == std::string_view::npos;
        bool first = given.insert(corduroy::lower_case(name)).second;
        if (none)
            request = std::move(request).without_header(name);
        else if (first)
            request = std::move(request).set_header(name, value);
        else
            request = std::move(request).header(name, value);
    }
    return request;
}

// The client takes it along to no other host (and port) that a redirect leads to.
http::RequestBuilder with_login_of_file(http::RequestBuilder request, const Target& target) {
    const NetrcOptions& netrc = target.operation->request.netrc;
    if (!netrc.logins) return request;
    http::Url url = http::Url::parse(target.url);
    std::string user;
    if (netrc.optional) {
        if (!url.password().empty()) return request;
        user = http::percent_decode(url.username());
    }
    auto login = netrc.logins->find(url.host(), user);
    if (!login || (login->user.empty() && login->password.empty())) return request;
    return std::move(request).auth_basic(login->user, login->password);
}

http::RequestBuilder with_login(http::RequestBuilder request, const Target& target) {
    const RequestOptions& options = target.operation->request;
    if (!options.bearer.empty()) return std::move(request).bearer(options.bearer);
    if (options.user.empty()) return with_login_of_file(std::move(request), target);
    std::size_t colon = options.user.find(':');
    std::string_view user = std::string_view(options.user).substr(0, colon);
    std::string_view password;
    if (colon != std::string::npos) password = std::string_view(options.user).substr(colon + 1);
    if (options.digest) return std::move(request).auth_digest(user, password);
    return std::move(request).auth_basic(user, password);
}

// Beside what -X makes of it. What is uploaded is sent again after 301 and 302, as a PUT is.
http::RequestBuilder with_redirect_methods(http::RequestBuilder request, const Target& target) {
    const RequestOptions& options = target.operation->request;
    if (!options.method.empty() && target.upload.empty())
        request = std::move(request).redirect_method(http::RedirectMethod::kept_without_body);
    bool posts = (options.data && !options.data_in_query) || !options.form.empty();
    if (posts) {
        constexpr auto kept = http::RedirectMethod::kept;
        if (options.post_301) request = std::move(request).redirect_method(301, kept);
        if (options.post_302) request = std::move(request).redirect_method(302, kept);
        if (options.post_303) request = std::move(request).redirect_method(303, kept);
    }
    return options.trust_redirects ? std::move(request).trusted_redirects() : std::move(request);
}

// A number alone means all from there on.
std::string range_of(const std::string& text) {
    bool has_end = text.find('-') != std::string::npos;
    return has_end ? text : text.substr(0, text.find(',')) + "-";
}

http::RequestBuilder with_conditions(http::RequestBuilder request, const Operation& operation) {
    const ConditionOptions& options = operation.condition;
    if (!options.time.empty()) {
        auto condition = TimeCondition::parse(options.time);
        if (condition)
            request = std::move(request).header(condition->header(), condition->value());
        else if (!operation.condition_is_output())
            throw FileError(FileError::Doing::reading, options.time + " is no longer there");
    }
    if (options.etag_compare.empty()) return request;
    return std::move(request).header("if-none-match", etag_to_compare(options.etag_compare));
}

// A file is read as it is sent; what has no size, a pipe, before.
http::Part part_of(FormField::Kind kind, const FormField::Part& part, bool chunked) {
    std::error_code none;
    bool streams = kind != FormField::Kind::text && std::filesystem::is_regular_file(part.content, none);
    http::Part made = http::Part::of({});
    if (streams) {
        auto again = [path = part.content] { return pieces_of(path); };
        made = http::Part::of_pieces(again, chunked ? std::nullopt : std::optional(size_of(part.content)));
    } else {
        std::string text = kind == FormField::Kind::text ? part.content : content_of(part.content);
        auto again = [text] { return whole(text); };
        made = chunked ? http::Part::of_pieces(again) : http::Part::of(std::move(text));
    }
    if (!part.filename.empty()) made.filename(part.filename);
    made.type(part.content_type);
    return made;
}

http::RequestBuilder with_form(http::RequestBuilder request, const std::vector<FormField>& form, bool chunked) {
    for (const FormField& field : form) {
        std::vector<http::Part> parts;
        for (const FormField::Part& part : field.parts) parts.push_back(part_of(field.kind, part, chunked));
        if (parts.size() == 1)
            request = std::move(request).part(field.name, std::move(parts.front()));
        else
            request = std::move(request).parts(field.name, std::move(parts));
    }
    return request;
}

} // namespace

std::string method_of(const Target& target) {
    const RequestOptions& request = target.operation->request;
    if (!request.method.empty()) return request.method;
    if (request.head_only) return "HEAD";
    if (!target.upload.empty()) return "PUT";
    bool posts = (request.data && !request.data_in_query) || !request.form.empty();
    return posts ? "POST" : "GET";
}

bool has_body(const Target& target) noexcept {
    const RequestOptions& options = target.operation->request;
    return (options.data && !options.data_in_query) || !options.form.empty() || !target.upload.empty();
}

http::RequestBuilder make_request(const http::Client& client, const Target& target) {
    const RequestOptions& options = target.operation->request;
    http::Url url = url_of(target);
    http::RequestBuilder request = client.request(method_of(target), url).streamed();
    if (!options.target.empty())
        request = std::move(request).request_target(options.target);
    else if (options.path_as_is)
        request = std::move(request).request_target(target_as_is(target, url));
    request = with_redirect_methods(std::move(request), target);
    if (!options.referer.empty()) request = std::move(request).header("referer", options.referer);
    if (!options.range.empty()) request = std::move(request).header("range", "bytes=" + range_of(options.range));
    bool json = options.data && options.data_type == "application/json";
    if (json) request = std::move(request).header("accept", options.data_type);
    if (json && options.data_in_query) request = std::move(request).header("content-type", options.data_type);
    if (std::string cookies = given_cookies(target.operation->cookies); !cookies.empty())
        request = std::move(request).header("cookie", cookies);
    request = with_conditions(std::move(request), *target.operation);
    request = with_login(std::move(request), target);
    request = with_headers(std::move(request), options.headers);
    bool chunked = asks_for_chunks(options.headers);
    if (options.data && !options.data_in_query)
        return with_body(std::move(request), *options.data, options.data_type, chunked);
    if (!options.form.empty()) return with_form(std::move(request), options.form, chunked);
    if (!target.upload.empty()) return with_upload(std::move(request), target.upload, chunked);
    return request;
}

} // namespace fetch
