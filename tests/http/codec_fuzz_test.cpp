#include "http/replay.hpp"

#include <corduroy/http/url.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace corduroy::http;
using namespace corduroy::http::testing;

// Bytes from a seed: half noise, half pieces of HTTP in disorder. What comes out does not matter, only that it does not
// depend on how the bytes were cut, and that sanitizers see nothing.

namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t bound) { return random() % bound; }

const std::vector<std::string> pieces = {
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 ",
    "HTTP/1.0 404 \r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\n",
    "POST /x HTTP/1.1\r\n",
    "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: ",
    "content-length: 0\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: ",
    "Connection: close\r\n",
    "Connection: upgrade\r\nUpgrade: x\r\n",
    "Host: h\r\n",
    "\r\n",
    "\r",
    "\n",
    "\r\n\r\n",
    "0\r\n\r\n",
    "5\r\nhello\r\n",
    "5;a=b\r\nhello\r\n",
    "3;x=\"y\\\"z\"\r\nabc\r\n",
    "0\r\nT: u\r\n\r\n",
    "ffffffffffffffff\r\n",
    ":",
    " ",
    "\t",
    "A",
    ": b\r\n",
    ",",
    "hello",
    "200",
    std::string(1, '\0'),
    "\x80",
    "\xff",
    std::string(40, 'z'),
    "Expect: 100-continue\r\n",
};

std::string some_bytes(Random& random) {
    std::string bytes;
    if (below(random, 3) != 0) bytes = below(random, 2) != 0 ? "HTTP/1.1 200 OK\r\n" : "POST / HTTP/1.1\r\nHost: h\r\n";
    if (below(random, 3) == 0) bytes += "Transfer-Encoding: chunked\r\n\r\n";
    for (std::size_t count = below(random, 12); count > 0; --count) bytes += pieces[below(random, pieces.size())];
    for (std::size_t count = below(random, 4); count > 0 && !bytes.empty(); --count)
        bytes[below(random, bytes.size())] = static_cast<char>(random());
    return bytes;
}

std::vector<std::size_t> some_cuts(Random& random, std::size_t size) {
    std::vector<std::size_t> cuts;
    for (std::size_t count = below(random, 6); count > 0; --count) cuts.push_back(below(random, size + 1));
    std::sort(cuts.begin(), cuts.end());
    return cuts;
}

std::string comparable(const std::string& text) { return text.substr(0, text.find("begins with")); }

} // namespace

TEST_CASE("whatever bytes come, the parsers end the same way however they are cut") {
    Random random(20261123);
    CodecLimits limits;
    limits.head_bytes = 200;
    limits.fields = 4;
    limits.chunk_line_bytes = 16;
    limits.trailer_bytes = 24;
    limits.interim_heads = 2;
    ResponseParser responses(limits);
    RequestParser requests(limits);
    const char* methods[] = {"GET", "HEAD", "CONNECT"};
    for (int round = 0; round < 20000; ++round) {
        std::string bytes = some_bytes(random);
        std::vector<std::size_t> cuts = some_cuts(random, bytes.size());
        const char* method = methods[below(random, 3)];
        CAPTURE(bytes);
        responses.begin(method);
        std::string whole = replay(responses, bytes, {});
        responses.begin(method);
        REQUIRE(comparable(replay(responses, bytes, cuts)) == comparable(whole));
        requests.begin();
        whole = replay(requests, bytes, {});
        requests.begin();
        REQUIRE(comparable(replay(requests, bytes, cuts)) == comparable(whole));
    }
}

TEST_CASE("noise is no URL, or one whose normal form is stable") {
    const std::vector<std::string> parts = {
        "http://", "https:",   "//",   "/",   "\\", "@",   ":",    "?", "#",       "[",     "]",
        "::1",     ".",        "..",   "%2e", "%",  "%41", "0x7f", "1", "256",     "a",     "example.com",
        "xn--",    "\xc3\xa9", "\xff", " ",   "\t", "\n",  "^",    "|", "user:pw", "65535", "08",
    };
    Random random(7);
    Url base = Url::parse("https://u:p@[::1]:81/a/b?c#d");
    for (int round = 0; round < 30000; ++round) {
        std::string text = below(random, 2) != 0 ? "http://" : "";
        for (std::size_t count = below(random, 9); count > 0; --count) text += parts[below(random, parts.size())];
        if (!text.empty() && below(random, 4) == 0) text[below(random, text.size())] = static_cast<char>(random());
        CAPTURE(text);
        for (bool relative : {false, true}) {
            try {
                Url url = relative ? base.join(text) : Url::parse(text);
                REQUIRE(Url::parse(url.href()) == url);
                REQUIRE(url.join("") == url.without_fragment());
                REQUIRE_FALSE(url.host().empty());
                REQUIRE(url.path().starts_with('/'));
                std::string whole(url.scheme());
                whole += "://";
                if (url.has_userinfo()) {
                    whole += url.username();
                    if (!url.password().empty()) whole += ":" + std::string(url.password());
                    whole += "@";
                }
                whole += std::string(url.authority()) + std::string(url.target());
                if (url.has_fragment()) whole += "#" + std::string(url.fragment());
                REQUIRE(whole == url.href());
            } catch (const UnsupportedUrl&) {
                // Nothing to hold of it.
            }
        }
    }
}
