#pragma once

#include <corduroy/http/codec_limits.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/request_parser.hpp>
#include <corduroy/http/response_parser.hpp>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy::http::testing {

// A parser's events as text, one a line; bodies are put together again, so that the same bytes give the same text
// however they are cut. Each fragment is given from a block of its own size, so that a sanitizer sees a read beyond it.
struct Transcript {
    std::string text;
    std::string body;

    void line(const std::string& what) { text += what + "\n"; }
    void fields(const char* kind, const Headers& headers) {
        for (auto [name, value] : headers) {
            line(std::string(kind) + " " + std::string(name) + ": " + std::string(value));
            std::string other_case(name);
            for (char& c : other_case)
                if (std::isalpha(static_cast<unsigned char>(c))) c = static_cast<char>(c ^ 0x20);
            if (!headers.contains(other_case)) line("which is not found");
        }
    }
    void end_body() {
        if (!body.empty()) line("body " + body);
        body.clear();
    }
};

inline std::string framing_text(BodyFraming framing, std::optional<std::uint64_t> size) {
    switch (framing) {
    case BodyFraming::none:
        return "none";
    case BodyFraming::sized:
        return "sized " + std::to_string(size.value_or(0));
    case BodyFraming::chunked:
        return "chunked";
    case BodyFraming::until_close:
        return "until close";
    }
    return "";
}

inline void write_head(Transcript& out, ResponseParser& parser, const char* kind) {
    const ResponseHead& head = parser.head();
    std::string line = std::string(kind) + " " + std::string(to_string(head.version)) + " " +
                       std::to_string(head.status) + " " + head.reason;
    if (kind == std::string_view("head")) {
        line += "; " + framing_text(parser.framing(), parser.content_length());
        line += parser.keep_alive() ? "; keep" : "; close";
        if (parser.upgraded()) line += "; upgraded";
    }
    out.line(line);
    out.fields("field", head.headers);
}

inline void write_head(Transcript& out, RequestParser& parser, const char* kind) {
    const RequestHead& head = parser.head();
    std::string line =
        std::string(kind) + " " + head.method + " " + head.target + " " + std::string(to_string(head.version)) + "; " +
        framing_text(parser.framing(), parser.content_length()) + (parser.keep_alive() ? "; keep" : "; close");
    if (parser.offers_upgrade()) line += "; upgrade";
    if (parser.expects_continue()) line += "; continue";
    out.line(line);
    out.fields("field", head.headers);
}

// One message, fed in fragments that end at these places and at the end of the bytes.
template <typename Parser>
std::string replay(Parser& parser, std::string_view bytes, const std::vector<std::size_t>& cuts) {
    Transcript out;
    std::size_t at = 0;
    bool complete = false;
    auto note = [&](ParseEvent event) {
        if (event != ParseEvent::body) out.end_body();
        switch (event) {
        case ParseEvent::need_input:
            break;
        case ParseEvent::interim:
            write_head(out, parser, "interim");
            break;
        case ParseEvent::head:
            write_head(out, parser, "head");
            break;
        case ParseEvent::body:
            out.body += parser.body();
            break;
        case ParseEvent::end:
            out.line("end");
            break;
        case ParseEvent::complete:
            out.fields("trailer", parser.trailers());
            out.line("complete");
            complete = true;
        }
    };
    try {
        for (std::size_t cut = 0; cut <= cuts.size() && !complete; ++cut) {
            std::size_t end = cut < cuts.size() ? std::min(cuts[cut], bytes.size()) : bytes.size();
            auto block = std::make_unique<char[]>(end - at);
            std::copy_n(bytes.data() + at, end - at, block.get());
            std::string_view input(block.get(), end - at);
            at = end;
            for (;;) {
                ParseEvent event = parser.next(input);
                if (event == ParseEvent::need_input) {
                    if (!input.empty()) out.line("LEFT " + std::string(input));
                    break;
                }
                note(event);
                if (complete) break;
            }
            at -= input.size();
        }
        if (!complete) note(parser.finish());
    } catch (const TooLarge& error) {
        out.end_body();
        out.line("too large: " + std::string(error.what()));
    } catch (const ProtocolError& error) {
        out.end_body();
        out.line("error: " + std::string(error.what()));
    }
    if (complete && at < bytes.size()) out.line("rest " + std::string(bytes.substr(at)));
    return out.text;
}

// The same at every fragment size up to 31, with one cut at every place, and at once; all must agree. Returns the text.
template <typename Replay>
std::string replay_all(std::string_view bytes, Replay replay_one) {
    std::string whole = replay_one(std::vector<std::size_t>{});
    // What a message begins with is quoted as far as it is known, which depends on the fragments.
    auto comparable = [](std::string text) { return text.substr(0, text.find("begins with")); };
    for (std::size_t size = 1; size <= 31; ++size) {
        std::vector<std::size_t> cuts;
        for (std::size_t at = size; at < bytes.size(); at += size) cuts.push_back(at);
        CAPTURE(size);
        CHECK(comparable(replay_one(cuts)) == comparable(whole));
    }
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        CAPTURE(at);
        CHECK(comparable(replay_one({at})) == comparable(whole));
    }
    return whole;
}

inline std::string replay_response(std::string_view bytes, std::string_view method = "GET",
                                   const CodecLimits& limits = {}) {
    ResponseParser parser(limits);
    return replay_all(bytes, [&](const std::vector<std::size_t>& cuts) {
        parser.begin(method);
        return replay(parser, bytes, cuts);
    });
}

inline std::string replay_request(std::string_view bytes, const CodecLimits& limits = {}) {
    RequestParser parser(limits);
    return replay_all(bytes, [&](const std::vector<std::size_t>& cuts) {
        parser.begin();
        return replay(parser, bytes, cuts);
    });
}

} // namespace corduroy::http::testing
