#include <corduroy/testing/tape.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/http/request_head.hpp>
#include <corduroy/http/response_head.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

namespace corduroy::testing {

namespace {

constexpr std::string_view first_line = "# corduroy tape 1";
constexpr std::string_view digits = "0123456789abcdef";

// ---- writing ----

void append_body(std::string& out, std::string_view body) {
    for (std::size_t begin = 0; begin < body.size();) {
        std::size_t end = std::min(body.find('\n', begin), body.size());
        out += "| ";
        for (char c : body.substr(begin, end - begin)) {
            auto byte = static_cast<unsigned char>(c);
            if (c == '\\')
                out += "\\\\";
            else if (byte >= 0x20 && byte < 0x7f)
                out += c;
            else
                out.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
        }
        out += end == body.size() ? "\\\n" : "\n";
        begin = end + 1;
    }
}

void append_headers(std::string& out, std::string_view mark, const http::Headers& headers) {
    for (auto [name, value] : headers) {
        out += mark;
        out.append(name).append(": ").append(value).append("\n");
    }
}

// ---- reading ----

[[noreturn]] void refuse(std::size_t line, std::string_view why) {
    throw Error("line " + std::to_string(line) + " is none of a tape: " + std::string(why));
}

std::size_t hexadecimal(std::string_view text, std::size_t line) {
    std::size_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (text.size() != 2 || error != std::errc() || end != text.data() + 2)
        refuse(line, "\"\\x\" is followed by two hexadecimal digits");
    return value;
}

void append_line(std::string& body, std::string_view text, std::size_t line) {
    while (!text.empty()) {
        std::size_t plain = std::min(text.find('\\'), text.size());
        body += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        if (text == "\\") return; // and no line end
        if (text[1] != '\\' && text[1] != 'x') refuse(line, "a backslash is followed by another one, or by an 'x'");
        body += text[1] == 'x' ? static_cast<char>(hexadecimal(text.substr(2, 2), line)) : '\\';
        text.remove_prefix(text[1] == 'x' ? 4 : 2);
    }
    body += '\n';
}

std::pair<std::string_view, std::string_view> halves(std::string_view text, std::string_view between) {
    std::size_t at = text.find(between);
    if (at == std::string_view::npos) return {text, {}};
    return {text.substr(0, at), text.substr(at + between.size())};
}

class TapeReader {
public:
    std::vector<TapedExchange> read(std::string_view text) {
        for (; !text.empty(); ++number_) {
            auto [line, rest] = halves(text, "\n");
            text = rest;
            if (number_ == 1 && line != first_line) refuse(1, "the first one is \"" + std::string(first_line) + "\"");
            if (line.empty())
                part_ = Part::none;
            else if (!line.starts_with('#'))
                take(line);
        }
        return std::move(exchanges_);
    }

private:
    enum class Part : unsigned char { none, request, answer };

    void take(std::string_view line) {
        std::string_view text = line.substr(std::min<std::size_t>(line.size(), 2));
        if (line.size() > 1 && line[1] != ' ') refuse(number_, "a mark is followed by a space");
        switch (line[0]) {
        case '>':
            return part_ == Part::request ? add_header(exchanges_.back().request.headers, text) : begin_request(text);
        case '<':
            if (part_ == Part::none) refuse(number_, "an answer follows a request");
            return part_ == Part::answer ? add_header(exchanges_.back().headers, text) : begin_answer(text);
        case '|':
            if (part_ == Part::none) refuse(number_, "a body follows a head");
            return append_line(part_ == Part::request ? exchanges_.back().request.body : exchanges_.back().body, text,
                               number_);
        case '!':
            if (part_ == Part::none || (text != "closed" && text != "reset"))
                refuse(number_, "what ends an exchange is \"! closed\" or \"! reset\"");
            exchanges_.back().ending = text == "reset" ? TapedExchange::Ending::reset : TapedExchange::Ending::closed;
            part_ = Part::none;
            return;
        default:
            refuse(number_, "it begins with none of \"> \", \"< \", \"| \", \"! \" and '#'");
        }
    }

    void begin_request(std::string_view text) {
        auto [method, url] = halves(text, " ");
        if (url.empty()) refuse(number_, "a request is a method and a URL");
        exchanges_.emplace_back().request = {std::string(method), std::string(url), {}, {}};
        part_ = Part::request;
    }

    void begin_answer(std::string_view text) {
        auto [status, reason] = halves(text, " ");
        TapedExchange& exchange = exchanges_.back();
        auto [end, error] = std::from_chars(status.data(), status.data() + status.size(), exchange.status);
        if (error != std::errc() || end != status.data() + status.size() || exchange.status < 200 ||
            exchange.status > 999)
            refuse(number_, "an answer is a status from 200 on and a reason");
        exchange.reason = reason;
        part_ = Part::answer;
    }

    void add_header(http::Headers& headers, std::string_view text) const {
        auto [name, value] = halves(text, ": ");
        headers.add(name, value);
    }

    std::vector<TapedExchange> exchanges_;
    Part part_ = Part::none;
    std::size_t number_ = 1;
};

// ---- replaying ----

// An answer that came whole says how long it is, however it said so at the time; one that broke stays as it was.
std::string answer_bytes(const TapedExchange& exchange) {
    if (exchange.status == 0) return {};
    std::string out;
    http::append_status_line(out, exchange.status, exchange.reason);
    bool whole = exchange.ending == TapedExchange::Ending::whole;
    bool without_body = exchange.request.method == "HEAD" || exchange.status == 204 || exchange.status == 304;
    bool chunked = false;
    for (auto [name, value] : exchange.headers) {
        bool length = http::equal_ignoring_case(name, "content-length");
        bool coding = http::equal_ignoring_case(name, "transfer-encoding");
        if ((length && whole && !without_body) || (coding && whole)) continue;
        chunked = chunked || coding;
        http::append_field(out, name, value);
    }
    if (whole && !without_body) http::append_field(out, "content-length", std::to_string(exchange.body.size()));
    http::append_end_of_head(out);
    if (!chunked || exchange.body.empty()) return out + exchange.body;
    char size[17];
    auto end = std::to_chars(std::begin(size), std::end(size), exchange.body.size(), 16).ptr;
    return out + std::string(size, end) + "\r\n" + exchange.body + "\r\n";
}

StubAnswer answer_of(const TapedExchange& exchange) {
    StubAnswer answer = StubAnswer::raw(answer_bytes(exchange));
    if (exchange.ending == TapedExchange::Ending::closed) return std::move(answer).then_close();
    if (exchange.ending == TapedExchange::Ending::reset) return std::move(answer).then_reset();
    return answer;
}

struct CloseFile {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

} // namespace

std::string Tape::text() const {
    std::string out(first_line);
    out += '\n';
    bool first = true;
    for (const TapedExchange& exchange : exchanges) {
        if (!std::exchange(first, false)) out += '\n';
        out += "> " + exchange.request.method + " " + exchange.request.url + "\n";
        append_headers(out, "> ", exchange.request.headers);
        append_body(out, exchange.request.body);
        if (exchange.status != 0) {
            out += "< " + std::to_string(exchange.status) + " " + exchange.reason + "\n";
            append_headers(out, "< ", exchange.headers);
            append_body(out, exchange.body);
        }
        if (exchange.ending == TapedExchange::Ending::closed) out += "! closed\n";
        if (exchange.ending == TapedExchange::Ending::reset) out += "! reset\n";
    }
    return out;
}

Tape Tape::parse(std::string_view text) {
    Tape tape;
    tape.exchanges = TapeReader().read(text);
    return tape;
}

void Tape::save(const std::string& path) const {
    std::string out = text();
    File file(std::fopen(path.c_str(), "wb"));
    if (!file || std::fwrite(out.data(), 1, out.size(), file.get()) != out.size() || std::fflush(file.get()) != 0)
        throw IoError("write " + path, errno);
}

Tape Tape::load(const std::string& path) {
    File file(std::fopen(path.c_str(), "rb"));
    std::string text;
    char piece[4096];
    std::size_t count = 0;
    while (file && (count = std::fread(piece, 1, sizeof piece, file.get())) > 0) text.append(piece, count);
    if (!file || std::ferror(file.get()) != 0) throw IoError("read " + path, errno);
    return parse(text);
}

StubServer Tape::replay(StubServer::Order order, const std::vector<std::string>& headers_that_count) const {
    StubServer server(order);
    for (const TapedExchange& exchange : exchanges) {
        StubExpectation& row = server.expect(exchange.request.method, exchange.request.url);
        row.body(exchange.request.body);
        for (const std::string& name : headers_that_count) {
            if (auto value = exchange.request.headers.get(name))
                row.header(name, *value);
            else
                row.no_header(name);
        }
        row.answer(answer_of(exchange));
    }
    return server;
}

} // namespace corduroy::testing
