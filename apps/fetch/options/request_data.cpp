#include "options/request_data.hpp"

#include "options/arguments.hpp"

#include <corduroy/http/url.hpp>

#include <algorithm>
#include <string>

namespace fetch {

namespace {

void add(RequestOptions& request, std::string_view text, std::string_view between) {
    if (!request.data) {
        request.data = text;
    } else {
        request.data->append(between).append(text);
    }
}

std::string text_or_file(std::string_view text) {
    return text.starts_with('@') ? content_of(std::string(text.substr(1))) : std::string(text);
}

std::string urlencoded(std::string_view text) {
    std::size_t mark = text.find_first_of("=@");
    std::string name(text.substr(0, mark == std::string_view::npos ? 0 : mark));
    std::string_view rest = mark == std::string_view::npos ? text : text.substr(mark + 1);
    bool from_file = mark != std::string_view::npos && text[mark] == '@';
    std::string content = from_file ? content_of(std::string(rest)) : std::string(rest);
    std::string encoded = corduroy::http::percent_encode(content);
    return name.empty() ? encoded : name + "=" + encoded;
}

} // namespace

void add_data(RequestOptions& request, std::string_view text) {
    std::string content = text_or_file(text);
    if (text.starts_with('@')) std::erase_if(content, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    add(request, content, "&");
}

void add_data_raw(RequestOptions& request, std::string_view text) { add(request, text, "&"); }

void add_data_binary(RequestOptions& request, std::string_view text) { add(request, text_or_file(text), "&"); }

void add_data_urlencoded(RequestOptions& request, std::string_view text) { add(request, urlencoded(text), "&"); }

void add_json(RequestOptions& request, std::string_view text) {
    request.data_type = "application/json";
    add(request, text_or_file(text), "");
}

void add_query(RequestOptions& request, std::string_view text) {
    std::string piece = text.starts_with('+') ? std::string(text.substr(1)) : urlencoded(text);
    if (!request.query.empty()) request.query += '&';
    request.query += piece;
}

} // namespace fetch
