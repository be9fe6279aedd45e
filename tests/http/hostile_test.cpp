// Servers that mean harm, each through the whole client: what they try is refused with an error that says so, the
// connection is not held, and little memory is used meanwhile, of which the test states the peak.

#include "http/content/encoders.hpp"
#include "http/scripted_peer.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>

#include <cstdio>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CORDUROY_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CORDUROY_SANITIZED 1
#endif

using namespace corduroy;
using namespace corduroy::http::testing;

namespace {

// The most memory this process has had since `begin`, beyond what it had then (proc(5): VmHWM, clear_refs).
class PeakMemory {
public:
    PeakMemory() {
        std::ofstream("/proc/self/clear_refs") << "5";
        before_ = peak();
    }

    long grown_kib() const { return peak() - before_; }

private:
    static long peak() {
        std::ifstream status("/proc/self/status");
        for (std::string word; status >> word;) {
            long kib = 0;
            if (word == "VmHWM:" && status >> kib) return kib;
        }
        return 0;
    }

    long before_ = 0;
};

// A row: what the server sends, a piece at a time and perhaps without end, and what the client says of it; empty where
// it is to take the answer.
struct Row {
    const char* name;
    std::function<std::string(int)> piece; // empty: it closes
    std::string refusal;
};

std::function<std::string(int)> once(std::string bytes) {
    return [bytes](int i) { return i == 0 ? bytes : std::string(); };
}

std::function<std::string(int)> endless(std::string first, std::string then) {
    return [first, then](int i) { return i == 0 ? first : then; };
}

const std::string ok = "HTTP/1.1 200 OK\r\n";

std::vector<Row> rows() {
    std::string kib(1024, 'x');
    return {
        {"a head without end", endless(ok + "x: ", kib), "the head has more than 65536 bytes"},
        {"a status line without end", endless("HTTP/1.1 200 ", kib), "the head has more than 65536 bytes"},
        {"a flood of fields", endless(ok, "a: b\r\n"), "the head has more than 100 fields"},
        {"interim answers without end", endless("", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
         "interim answers before the final one"},
        {"interim answers with large heads",
         endless("", "HTTP/1.1 103 Early Hints\r\nx: " + std::string(60'000, 'x') + "\r\n\r\n"),
         "interim answers before the final one"},
        {"fewer bytes than Content-Length says", once(ok + "content-length: 10\r\n\r\nshort"), "5 of 10 bytes"},
        {"more bytes than Content-Length says", once(ok + "content-length: 2\r\n\r\nokHTTP/1.1 200 Smuggled\r\n\r\n"),
         ""},
        {"a Content-Length beyond all bounds", once(ok + "content-length: 99999999999999999999\r\n\r\nx"),
         "ontent-Length"},
        {"a Content-Length that the limit forbids", endless(ok + "content-length: 9999999999999\r\n\r\n", kib),
         "the body is larger than 67108864 bytes"},
        {"two Content-Lengths", once(ok + "content-length: 1\r\ncontent-length: 2\r\n\r\nxx"), "ontent-Length"},
        {"both framings at once", once(ok + "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
         "ontent-Length"},
        {"a body without end", endless(ok + "\r\n", std::string(1 << 20, 'x')),
         "the body is larger than 67108864 bytes"},
        {"a chunk extension without end", endless(ok + "transfer-encoding: chunked\r\n\r\n1;x=", kib),
         "the line before a chunk has more than 4096 bytes"},
        {"many chunks with long extensions, each within the bound",
         endless(ok + "transfer-encoding: chunked\r\n\r\n",
                 "40000;" + std::string(4000, 'x') + "\r\n" + std::string(0x40000, 'y') + "\r\n"),
         "the body is larger than 67108864 bytes"},
        {"trailers without end", endless(ok + "transfer-encoding: chunked\r\n\r\n0\r\n", "x: " + kib + "\r\n"),
         "the trailers have more than 16384 bytes"},
        {"a chunk size beyond all bounds", once(ok + "transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nx"),
         "chunk"},
        {"a body encoded many times over",
         once(ok + "content-length: 1\r\ncontent-encoding: gzip, gzip, gzip, gzip\r\n\r\nx"),
         "the body has been encoded 4 times over; the limit is 3"},
        {"a body that nobody knows to decode", once(ok + "content-length: 1\r\ncontent-encoding: enigma\r\n\r\nx"),
         "the body is encoded as \"enigma\""},
        {"another protocol", once("SSH-2.0-OpenSSH_9.2\r\n"), "failed while reading the head"},
        {"nothing at all", once(""), "failed while reading the head"},
    };
}

// So much for the buffers of the simulated network, and the body of 64 MiB that is allowed.
constexpr long most_kib = 160 * 1024;

void check_memory(const PeakMemory& memory, long most) {
    long grown = memory.grown_kib();
    std::printf("peak RSS: %ld KiB more than before\n", grown);
#ifndef CORDUROY_SANITIZED
    CHECK(grown < most);
#else
    static_cast<void>(most);
#endif
}

} // namespace

TEST_CASE("what a hostile server sends is refused with an error that says what it was, in bounded memory") {
    PeakMemory memory;
    for (const Row& row : rows()) {
        CAPTURE(row.name);
        auto talk = [&](net::Stream& stream) -> Task<> {
            co_await read_head(stream);
            for (int i = 0;; ++i) {
                std::string piece = row.piece(i);
                if (piece.empty() && i != 0) break;
                auto sent = co_await attempt(stream.write_all(piece));
                if (!sent) co_return;
            }
            auto ended = co_await attempt(stream.shutdown());
        };
        with_peer(talk, [&](std::string url) -> Task<> {
            http::Client client;
            auto got = co_await attempt(client.get(url));
            CHECK(got.has_value() == row.refusal.empty());
            if (!got) {
                std::string message = got.failure().message();
                CAPTURE(message);
                CHECK(message.find(row.refusal) != std::string::npos);
                CHECK(message.find("GET " + url) != std::string::npos);
            }
            CHECK(client.connections() == client.idle_connections());
        });
    }
    check_memory(memory, most_kib);
}

#if CORDUROY_HAVE_ZLIB

namespace {

// Some 10 MB of gzip that say 10 GB of zeros: one block of 1 MiB, again and again.
std::string bomb() {
    std::string zeros(1 << 20, '\0');
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY);
    auto block = [&](int flush) {
        std::string out(64 * 1024, '\0');
        stream.next_in = reinterpret_cast<Bytef*>(zeros.data());
        stream.avail_in = static_cast<uInt>(zeros.size());
        stream.next_out = reinterpret_cast<Bytef*>(out.data());
        stream.avail_out = static_cast<uInt>(out.size());
        deflate(&stream, flush);
        out.resize(out.size() - stream.avail_out);
        return out;
    };
    std::string bytes = block(Z_FULL_FLUSH);
    std::string again = block(Z_FULL_FLUSH);
    deflateEnd(&stream);
    for (int i = 1; i < 10'000; ++i) bytes += again;
    return bytes;
}

} // namespace

TEST_CASE("a body without a bound makes no room for what a server merely says that it has") {
    for (const char* length : {"10000000000000000000", "1000000000000000"}) {
        CAPTURE(length);
        auto talk = [&](net::Stream& stream) -> Task<> {
            co_await read_head(stream);
            co_await stream.write_all(ok + "content-length: " + length + "\r\n\r\nshort");
        };
        with_peer(talk, [&](std::string url) -> Task<> {
            auto cut = co_await attempt(http::get(url).body_limit(std::numeric_limits<std::size_t>::max()));
            CHECK(cut.failure().check<http::Error>());
        });
    }
}

TEST_CASE("a gzip bomb of 10 MB to 10 GB is refused, whole and streamed and in another gzip, in bounded memory") {
    std::string bytes = bomb();
    CHECK(bytes.size() > 10'000'000);
    CHECK(bytes.size() < 11'000'000);
    for (bool nested : {false, true}) {
        std::string body = nested ? gzip(bytes) : bytes; // the outer one has it in some 30 KiB
        std::string head = ok + "content-encoding: " + (nested ? "gzip, gzip" : "gzip") +
                           "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n";
        auto talk = [&](net::Stream& stream) -> Task<> {
            co_await read_head(stream);
            auto sent = co_await attempt(stream.write_all(head));
            for (std::size_t at = 0; sent && at < body.size(); at += 64 * 1024)
                sent = co_await attempt(stream.write_all(std::string_view(body).substr(at, 64 * 1024)));
        };
        with_peer(talk, [&](std::string url) -> Task<> {
            PeakMemory memory;
            http::Client client;
            auto whole = co_await attempt(client.get(url));
            CHECK(whole.failure().check<http::TooLarge>());
            std::size_t read = 0;
            auto streamed = co_await client.get(url).streamed();
            auto read_on = [&]() -> Task<> {
                for (;;) {
                    std::string_view piece = co_await streamed.read();
                    if (piece.empty()) break;
                    read += piece.size();
                }
            };
            auto got = co_await attempt(read_on());
            REQUIRE(!got);
            CHECK(got.failure().message().find("the body becomes more than 200 times its size as it is decoded (") !=
                  std::string::npos);
            CHECK(read <= 17 * 1024 * 1024);
            CHECK(client.connections() == client.idle_connections());
            check_memory(memory, 40 * 1024);
        });
    }
}

#endif

TEST_CASE("a redirect loop, a redirect to file: and one to another origin with credentials do no harm") {
    std::vector<std::string> heads;
    std::string location;
    auto talk = [&](net::Stream& stream) -> Task<> {
        heads.push_back(co_await read_head(stream));
        stream.write_soon(
            "HTTP/1.1 302 Found\r\nset-cookie: c=1\r\nconnection: close\r\ncontent-length: 0\r\nlocation: " + location +
            "\r\n\r\n");
        co_await stream.flush();
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        http::Client client;
        location = "/again";
        auto loop = co_await attempt(client.get(url));
        CHECK(loop.failure().message().find("it redirects more often than the limit, 20 times") != std::string::npos);
        CHECK(heads.size() == 21);
        for (std::string bad : {"file:///etc/passwd", "FILE:/etc/passwd", "gopher://h/", "javascript:alert(1)",
                                "data:,x", "http://", "http://[::1", "https://u:p@"}) {
            CAPTURE(bad);
            location = bad;
            heads.clear();
            auto refused = co_await attempt(client.get(url));
            CHECK(refused.failure().check<http::RedirectError>());
            CHECK(refused.failure().message().find("GET " + url) != std::string::npos);
            CHECK(heads.size() == 1);
        }
        // The same server by another name: another origin.
        client.cookie_jar().clear();
        heads.clear();
        location = "http://user:word@localhost" + url.substr(url.rfind(':'));
        auto other = co_await attempt(client.get(url)
                                          .redirects(1)
                                          .auth_basic("me", "secret")
                                          .cookie("own", "1")
                                          .header("proxy-authorization", "Basic x"));
        CHECK(!other);
        REQUIRE(heads.size() == 2);
        for (const char* field : {"authorization:", "cookie: own=1"}) {
            CHECK(heads[0].find(field) != std::string::npos);
            CHECK(heads[1].find(field) == std::string::npos);
        }
    });
}

TEST_CASE("CR, LF and NUL are refused in every string that goes into a head, at once or when it is sent") {
    using Request = http::RequestBuilder;
    auto get = [] { return http::get("http://127.0.0.1:1/"); };
    std::vector<std::pair<const char*, std::function<Request(const std::string&)>>> places{
        {"url", [](const std::string& bad) { return http::get("http://127.0.0.1:1/" + bad); }},
        {"host", [](const std::string& bad) { return http::get("http://127.0.0.1" + bad + ":1/"); }},
        {"method", [](const std::string& bad) { return http::request("GET" + bad, "http://127.0.0.1:1/"); }},
        {"header name", [&](const std::string& bad) { return get().header("a" + bad, "b"); }},
        {"header value", [&](const std::string& bad) { return get().header("a", "b" + bad + "c"); }},
        {"header set", [&](const std::string& bad) { return get().set_header("a", "b" + bad + "c"); }},
        {"basic user", [&](const std::string& bad) { return get().auth_basic("a" + bad, "b"); }},
        {"basic password", [&](const std::string& bad) { return get().auth_basic("a", "b" + bad); }},
        {"bearer", [&](const std::string& bad) { return get().bearer("a" + bad); }},
        {"digest user", [&](const std::string& bad) { return get().auth_digest("a" + bad, "b"); }},
        {"digest password", [&](const std::string& bad) { return get().auth_digest("a", "b" + bad); }},
        {"cookie name", [&](const std::string& bad) { return get().cookie("a" + bad, "b"); }},
        {"cookie value", [&](const std::string& bad) { return get().cookie("a", "b" + bad + "c"); }},
        {"content type", [&](const std::string& bad) { return get().body("x", "a/b" + bad + "c"); }},
        {"part name", [&](const std::string& bad) { return get().part("a" + bad, "b"); }},
        {"part filename", [&](const std::string& bad) { return get().file_part("a", "b" + bad, "c"); }},
        {"part type", [&](const std::string& bad) { return get().file_part("a", "b", "c", "a/b" + bad + "c"); }},
        {"part path", [&](const std::string& bad) { return get().part_from_file("a", "/tmp/b" + bad); }},
        {"base URL",
         [&](const std::string& bad) { return http::Client().base_url("http://127.0.0.1:1/" + bad + "x").get("y"); }},
        {"user agent",
         [&](const std::string& bad) {
             http::ClientSettings settings;
             settings.user_agent = "a" + bad + "b";
             return http::Client(settings).get("http://127.0.0.1:1/");
         }},
    };
    run_test([&]() -> Task<> {
        for (const auto& [name, make] : places) {
            for (const std::string& bad :
                 {std::string("\r"), std::string("\n"), std::string("\0", 1), std::string("\r\n")}) {
                CAPTURE(name);
                std::string message = "nothing";
                try {
                    Request request = make(bad);
                    auto sent = co_await attempt(std::move(request));
                    if (!sent) message = sent.failure().message();
                } catch (const Error& error) {
                    message = error.what();
                }
                CAPTURE(message);
                // It got no further: not even to the port where nobody listens.
                CHECK(message != "nothing");
                CHECK(message.find("connect") == std::string::npos);
            }
        }
    });
}
