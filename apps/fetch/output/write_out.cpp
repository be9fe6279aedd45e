#include "output/write_out.hpp"

#include "output/run_report.hpp"
#include "transfer/exit_status.hpp"

#include <corduroy/base/lower_case.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace fetch {

using corduroy::TimePoint;
namespace http = corduroy::http;

namespace {

// Seconds since the request began, "0.012345"; 0 for what was not reached.
std::string seconds(const http::Timings& timings, TimePoint at) {
    double passed = at == TimePoint{} ? 0 : std::chrono::duration<double>(at - timings.begun).count();
    char text[32];
    std::snprintf(text, sizeof text, "%.6f", passed);
    return text;
}

// When the connection was ready to take the request.
TimePoint ready_to_send(const http::Timings& timings) noexcept {
    if (timings.secured != TimePoint{}) return timings.secured;
    return timings.connected != TimePoint{} ? timings.connected : timings.connecting;
}

std::string status_code(int status) {
    std::string text = std::to_string(status);
    return status == 0 ? "000" : text;
}

// Bytes a second.
std::string speed(std::uint64_t size, const TransferRecord& record) {
    double took = std::chrono::duration<double>(record.timings.total()).count();
    return std::to_string(took > 0 ? static_cast<std::uint64_t>(static_cast<double>(size) / took) : 0);
}

// As curl lays it out: a name in small letters and its values in a line.
std::string headers_as_json(const http::Headers& headers) {
    std::vector<std::pair<std::string, std::string>> names; // and values, with commas between them
    for (const http::Headers::Field& field : headers) {
        std::string name = corduroy::lower_case(field.name);
        auto known = std::ranges::find(names, name, &std::pair<std::string, std::string>::first);
        if (known == names.end())
            names.emplace_back(std::move(name), json_string(field.value));
        else
            known->second += "," + json_string(field.value);
    }
    std::string text = "{";
    for (const auto& [name, values] : names)
        text += (text.size() == 1 ? "" : ",\n") + json_string(name) + ":[" + values + "]";
    return text + "\n}";
}

std::string host_of(const corduroy::net::Address& address) { return address.is_ip() ? address.host() : std::string(); }
std::string port_of(const corduroy::net::Address& address) {
    return std::to_string(address.is_ip() ? address.port() : 0);
}

std::string as_json(const TransferRecord& record);

std::optional<std::string> value_of(std::string_view given_name, const TransferRecord& record) {
    std::string name = corduroy::lower_case(given_name);
    const http::Timings& timings = record.timings;
    if (name == "http_code" || name == "response_code") return status_code(record.status);
    if (name == "url") return record.url;
    if (name == "url_effective") return record.effective_url;
    if (name == "method") return record.method;
    if (name == "scheme" && record.peer.empty()) return std::string(); // there was no connection
    if (name == "scheme") return record.effective_url.starts_with("https:") ? "HTTPS" : "HTTP";
    if (name == "http_version")
        return record.status == 0 ? "0" : record.version == http::Version::http_1_0 ? "1" : "1.1";
    if (name == "content_type") return std::string(record.headers.get("content-type").value_or(std::string_view()));
    if (name == "urlnum") return std::to_string(record.number);
    if (name == "size_header") return std::to_string(record.head_size);
    if (name == "size_download") return std::to_string(record.size);
    if (name == "speed_download") return speed(record.size, record);
    if (name == "size_upload") return std::to_string(record.uploaded);
    if (name == "speed_upload") return speed(record.uploaded, record);
    if (name == "referer") return record.referer;
    if (name == "header_json") return headers_as_json(record.headers);
    if (name == "num_redirects") return std::to_string(record.redirects);
    if (name == "num_headers") return std::to_string(record.headers.size());
    if (name == "num_retries") return std::to_string(record.tries - 1);
    if (name == "redirect_url") return record.redirect_url;
    if (name == "filename_effective") return record.file;
    if (name == "http_connect") return "000";
    if (name == "remote_ip") return host_of(record.peer);
    if (name == "remote_port") return port_of(record.peer);
    if (name == "local_ip") return host_of(record.local);
    if (name == "local_port") return port_of(record.local);
    if (name == "num_connects") return std::to_string(record.connects);
    if (name == "ssl_verify_result") return std::to_string(record.exit_status == certificate_refused ? 1 : 0);
    if (name == "proxy_ssl_verify_result") return "0";
    if (name == "exitcode") return std::to_string(record.exit_status);
    if (name == "errormsg") return record.message;
    if (name == "time_namelookup") return seconds(timings, timings.named);
    if (name == "time_connect") return seconds(timings, timings.connected);
    if (name == "time_appconnect") return seconds(timings, timings.secured);
    if (name == "time_pretransfer") return seconds(timings, ready_to_send(timings));
    if (name == "time_starttransfer") return seconds(timings, timings.first_byte);
    if (name == "time_redirect") return seconds(timings, record.redirects == 0 ? TimePoint{} : timings.queued);
    if (name == "json") return as_json(record);
    if (name == "time_total") return seconds(timings, timings.done);
    return std::nullopt;
}

// All variables that there is something for, as curl names and orders them.
std::string as_json(const TransferRecord& record) {
    constexpr std::string_view texts[] = {
        "content_type", "errormsg",     "filename_effective", "http_version", "local_ip", "method",
        "referer",      "redirect_url", "remote_ip",          "scheme",       "url",      "url_effective"};
    constexpr std::string_view numbers[] = {"exitcode",
                                            "http_code",
                                            "http_connect",
                                            "local_port",
                                            "num_connects",
                                            "num_headers",
                                            "num_redirects",
                                            "num_retries",
                                            "remote_port",
                                            "response_code",
                                            "proxy_ssl_verify_result",
                                            "size_download",
                                            "size_header",
                                            "size_upload",
                                            "speed_download",
                                            "speed_upload",
                                            "ssl_verify_result",
                                            "time_appconnect",
                                            "time_connect",
                                            "time_namelookup",
                                            "time_pretransfer",
                                            "time_redirect",
                                            "time_starttransfer",
                                            "time_total",
                                            "urlnum"};
    std::map<std::string_view, std::string> values;
    for (std::string_view name : texts) {
        std::string value = value_of(name, record).value_or(std::string());
        bool is_null = value.empty() && !name.ends_with("_ip");
        values[name] = is_null ? "null" : json_string(value);
    }
    for (std::string_view name : numbers) {
        std::string value = value_of(name, record).value_or("0");
        values[name] = value == "000" ? "0" : value;
    }
    std::string text;
    for (const auto& [name, value] : values)
        text.append(text.empty() ? "{" : ",").append(json_string(name)).append(1, ':').append(value);
    return text + "}";
}

// Takes "{NAME}" from the beginning of `rest`; nothing where it is none.
std::optional<std::string_view> take_braced(std::string_view& rest) {
    if (!rest.starts_with('{')) return std::nullopt;
    std::size_t end = rest.find('}');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view name = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return name;
}

char meaning_in_format(char c) noexcept { return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : '\0'; }

} // namespace

WriteOut write_out(std::string_view format, const TransferRecord& record) {
    WriteOut result;
    std::string* out = &result.to_output;
    while (!format.empty()) {
        char c = format.front();
        format.remove_prefix(1);
        std::string_view rest = format;
        if (c == '\\' && !rest.empty() && meaning_in_format(rest.front()) != '\0') {
            *out += meaning_in_format(rest.front());
            format.remove_prefix(1);
        } else if (c == '%' && rest.starts_with('%')) {
            *out += '%';
            format.remove_prefix(1);
        } else if (c == '%' && rest.starts_with("header{")) {
            rest.remove_prefix(6);
            auto name = take_braced(rest);
            *out += name ? record.headers.get(*name).value_or(std::string_view()) : std::string_view("%header");
            format.remove_prefix(name ? 6 + name->size() + 2 : 6);
        } else if (auto name = c == '%' ? take_braced(rest) : std::nullopt) {
            format = rest;
            if (*name == "onerror") {
                if (!record.failed()) break;
            } else if (*name == "stderr" || *name == "stdout") {
                out = *name == "stderr" ? &result.to_errors : &result.to_output;
            } else {
                *out += value_of(*name, record).value_or(std::string());
            }
        } else {
            *out += c;
        }
    }
    return result;
}

} // namespace fetch
