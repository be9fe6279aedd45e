// Bodies from files and into files, on the real kernel but for one.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/files/download.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/testing/run.hpp>
#include <corduroy/testing/stub_server.hpp>

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace corduroy;
using corduroy::testing::StubAnswer;
using corduroy::testing::StubRequest;
using corduroy::testing::StubServer;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

class Folder {
public:
    Folder() {
        char name[] = "/tmp/corduroy-files-XXXXXX";
        path_ = mkdtemp(name);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { fs::remove_all(path_); }

    std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
    std::size_t count() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
    }

private:
    std::string path_;
};

void write(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A client with one place, which who holds it while he waits for another never gets.
http::Client one_at_a_time(const StubServer& server) {
    http::ClientSettings settings = server.settings();
    settings.connections = 1;
    settings.pool_timeout = 1s;
    return http::Client(settings);
}

} // namespace

TEST_CASE("a file is sent with its size, again after a 307, and in chunks where it has none") {
    Folder folder;
    std::string text(700'000, 'x');
    write(folder / "in", text);
    corduroy::run([&]() -> Task<> {
        StubServer server;
        server.expect("PUT", "http://h/")
            .header("content-length", "700000")
            .header("content-type", "a/b")
            .body(text)
            .answer(StubAnswer(307).header("location", "/there"));
        server.expect("PUT", "http://h/there").header("content-length", "700000").body(text).answer(200);
        server.expect("PUT", "http://h/").header("transfer-encoding", "chunked").body("").answer(200);
        http::Client client = server.client();
        auto answer = co_await client.put("http://h/").body_file(folder / "in", "a/b");
        CHECK(answer.status() == 200);
        co_await client.put("http://h/").body_file("/dev/null");
        server.verify();
    }());
}

TEST_CASE("a file that is missing, or becomes shorter, fails the request, and its connection is closed") {
    Folder folder;
    corduroy::run([&]() -> Task<> {
        StubServer server;
        server.expect("PUT", "http://h/").any_times();
        http::Client client = server.client();
        auto missing = co_await attempt(client.put("http://h/").body_file(folder / "none"));
        CHECK(missing.failure().message().find("open " + (folder / "none") + " failed: No such file or directory") !=
              std::string::npos);
        auto nameless = co_await attempt(client.put("http://h/").part("file", http::Part::of_file("")));
        CHECK(nameless.failure().message().find("failed: No such file or directory") != std::string::npos);
        CHECK(client.connections() == 0);
        write(folder / "in", std::string(1'000'000, 'x'));
        auto shrink = [&](const http::TraceEvent& event) {
            if (event.step == http::TraceStep::queued) fs::resize_file(folder / "in", 10);
        };
        auto shorter = co_await attempt(client.put("http://h/").body_file(folder / "in").trace(shrink));
        CHECK(shorter.failure().message().find("the body is shorter than the 1000000 bytes that were announced") !=
              std::string::npos);
        CHECK(client.connections() == 0);
        // One that grows is sent as long as it was.
        write(folder / "in", std::string(300'000, 'x'));
        auto grow = [&](const http::TraceEvent& event) {
            if (event.step == http::TraceStep::queued) fs::resize_file(folder / "in", 2'000'000);
        };
        auto longer = co_await client.put("http://h/").body_file(folder / "in").trace(grow);
        CHECK(longer.status() == 200);
        CHECK(server.requests().back().body.size() == 300'000);
        CHECK(client.connections() == 1);
    }());
}

TEST_CASE("a multipart form is streamed from its files, with the size of the whole") {
    Folder folder;
    write(folder / "in.bin", std::string(300'000, 'y'));
    corduroy::run([&]() -> Task<> {
        StubServer server;
        server.expect("POST", "http://h/").answer(200);
        http::Client client = server.client();
        co_await client.post("http://h/")
            .part("title", "t")
            .part_from_file("file", folder / "in.bin", "image/png")
            .part("last", "");
        const StubRequest& request = server.requests()[0];
        std::string type(request.headers.get("content-type").value_or(""));
        std::string boundary = type.substr(type.find('=') + 1);
        std::string expected = "--" + boundary + "\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\nt\r\n--" +
                               boundary +
                               "\r\ncontent-disposition: form-data; name=\"file\"; filename=\"in.bin\"\r\n"
                               "content-type: image/png\r\n\r\n" +
                               std::string(300'000, 'y') + "\r\n--" + boundary +
                               "\r\ncontent-disposition: form-data; name=\"last\"\r\n\r\n\r\n--" + boundary + "--\r\n";
        CHECK(request.body == expected);
        CHECK(request.headers.get("content-length") == std::to_string(expected.size()));
    }());
}

TEST_CASE("a body is saved under its name when it is whole, and nothing is left of one that is not") {
    Folder folder;
    corduroy::run([&]() -> Task<> {
        StubServer server;
        std::string large(1'000'000, 'z');
        server.expect("GET", "http://h/").times(2).answer(200, large);
        server.expect("GET", "http://h/cut")
            .answer(StubAnswer::raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").then_close());
        server.expect("GET", "http://h/slow").answer(StubAnswer(200).then("half").then_silence());
        http::Client client = server.client();
        auto whole = co_await client.get("http://h/");
        co_await whole.save_to(folder / "whole");
        CHECK(read(folder / "whole") == large);
        auto streamed = co_await client.get("http://h/").streamed();
        co_await streamed.save_to(folder / "whole");
        CHECK(read(folder / "whole") == large);
        CHECK(client.idle_connections() == 1);

        auto cut = co_await client.get("http://h/cut").streamed();
        auto failed = co_await attempt(cut.save_to(folder / "cut"));
        CHECK(failed.failure().check<http::ProtocolError>());
        auto slow = co_await client.get("http://h/slow").streamed();
        auto late = co_await attempt(timeout(50ms, slow.save_to(folder / "slow")));
        CHECK(late.failure().check<TimeoutError>());
        CHECK(folder.count() == 1);
        http::Response none(200, "x");
        auto nowhere = co_await attempt(none.save_to(folder / "no/such/folder"));
        CHECK(nowhere.failure().check<IoError>());
    }());
}

TEST_CASE("a download that was cut goes on where it was, if the server still has that version") {
    Folder folder;
    corduroy::run([&]() -> Task<> {
        StubServer server;
        auto cut = StubAnswer::raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\netag: \"v1\"\r\n\r\n01234").then_close();
        server.expect("GET", "http://h/").no_header("range").answer(cut);
        server.expect("GET", "http://h/")
            .header("range", "bytes=5-")
            .header("if-range", "\"v1\"")
            .answer(StubAnswer(206, "56789").header("content-range", "bytes 5-9/10"));
        http::Client client = server.client();
        auto first = co_await attempt(http::download(client.get("http://h/"), folder / "f"));
        CHECK(!first);
        CHECK(read(folder / "f.part") == "01234");
        CHECK(!fs::exists(folder / "f"));
        auto second = co_await http::download(client.get("http://h/"), folder / "f");
        CHECK(second.status() == 206);
        CHECK(read(folder / "f") == "0123456789");
        CHECK(folder.count() == 1);
        server.verify();
    }());
}

TEST_CASE("on a simulated kernel the files are the simulation's, from their size to their names") {
    sim::run([](sim::World& world) -> Task<> {
        sim::SimKernel& kernel = world.kernel();
        StubServer server;
        auto cut = StubAnswer::raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\netag: \"v1\"\r\n\r\n01234").then_close();
        server.expect("GET", "http://h/").no_header("range").answer(cut);
        server.expect("GET", "http://h/")
            .header("range", "bytes=5-")
            .answer(StubAnswer(206, "56789").header("content-range", "bytes 5-9/10"));
        server.expect("PUT", "http://h/").header("content-length", "10").body("0123456789").answer(200);
        http::Client client = server.client();
        auto first = co_await attempt(http::download(client.get("http://h/"), "/no/folder/f"));
        CHECK(!first);
        CHECK(kernel.file("/no/folder/f.part") == "01234");
        co_await http::download(client.get("http://h/"), "/no/folder/f");
        CHECK(kernel.file("/no/folder/f") == "0123456789");
        CHECK_FALSE(kernel.file("/no/folder/f.part").has_value());
        CHECK_FALSE(kernel.file("/no/folder/f.part.tag").has_value());
        co_await client.put("http://h/").body_file("/no/folder/f");
        server.verify();
    });
}

TEST_CASE("a download that is cancelled keeps what has come, holds no connection, and goes on from there") {
    Folder folder;
    corduroy::run([&]() -> Task<> {
        StubServer server;
        auto silent =
            StubAnswer::raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\netag: \"v1\"\r\n\r\n01234").then_silence();
        server.expect("GET", "http://h/").no_header("range").answer(silent);
        server.expect("GET", "http://h/")
            .header("range", "bytes=5-")
            .answer(StubAnswer(206, "56789").header("content-range", "bytes 5-9/10"));
        http::Client client = server.client();
        auto loading = http::download(client.get("http://h/"), folder / "f");
        auto first = co_await attempt(timeout(50ms, std::move(loading)));
        CHECK(first.failure().check<TimeoutError>());
        CHECK(client.connections() == 0);
        CHECK(read(folder / "f.part") == "01234");
        co_await http::download(client.get("http://h/"), folder / "f");
        CHECK(read(folder / "f") == "0123456789");
        CHECK(folder.count() == 1);
        server.verify();
    }());
}

TEST_CASE("a download begins anew where the version is another one, or the part has no tag") {
    Folder folder;
    corduroy::run([&]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/")
            .header("if-range", "\"v1\"")
            .answer(StubAnswer(200, "another")
                        .header("etag", "W/\"weak\"")
                        .header("last-modified", "Mon, 06 May 2024 07:08:09 GMT"));
        server.expect("GET", "http://h/").no_header("range").answer(200, "whole");
        http::Client client = server.client();
        write(folder / "f.part", "0123");
        write(folder / "f.part.tag", "\"v1\"");
        co_await http::download(client.get("http://h/"), folder / "f");
        CHECK(read(folder / "f") == "another");
        write(folder / "g.part", "0123");
        co_await http::download(client.get("http://h/"), folder / "g");
        CHECK(read(folder / "g") == "whole");
        CHECK(folder.count() == 2);
        server.verify();
    }());
}

TEST_CASE("a part of another version, or one that is encoded, is not put behind what is there") {
    Folder folder;
    corduroy::run([&]() -> Task<> {
        StubServer server;
        struct Case {
            const char* tag;
            const char* name; // of what the part says of itself
            const char* value;
            std::string whole;
        };
        const char* later = "Tue, 07 May 2024 07:08:09 GMT";
        const Case cases[] = {{"\"v1\"", "etag", "\"v2\"", "whole v2"},
                              {"\"v1\"", "content-encoding", "gzip", "whole plain"},
                              {"Mon, 06 May 2024 07:08:09 GMT", "last-modified", later, "whole newer"},
                              {"\"v1\"", "last-modified", later, "0123456789"}};
        http::Client client = one_at_a_time(server);
        for (const Case& each : cases) {
            auto part = StubAnswer(206, "56789").header("content-range", "bytes 5-9/10").header(each.name, each.value);
            server.expect("GET", "http://h/").header("range", "bytes=5-").answer(part);
            if (each.whole.starts_with("whole"))
                server.expect("GET", "http://h/").no_header("range").answer(200, each.whole);
            write(folder / "f.part", "01234");
            write(folder / "f.part.tag", each.tag);
            co_await http::download(client.get("http://h/"), folder / "f");
            CHECK(read(folder / "f") == each.whole);
            CHECK(folder.count() == 1);
            server.verify();
        }
    }());
}

TEST_CASE("a 416 ends a download whose part is whole, and has another begun anew") {
    Folder folder;
    corduroy::run([&]() -> Task<> {
        StubServer server;
        auto whole = StubAnswer(416).header("content-range", "bytes */4");
        server.expect("GET", "http://h/").header("range", "bytes=4-").answer(whole);
        server.expect("GET", "http://h/beside").answer(200);
        server.expect("GET", "http://h/").header("range", "bytes=6-").answer(whole);
        server.expect("GET", "http://h/").no_header("range").answer(200, "anew");
        http::Client client = one_at_a_time(server);
        write(folder / "f.part", "0123");
        write(folder / "f.part.tag", "\"v1\"");
        http::Response ended = co_await http::download(client.get("http://h/"), folder / "f");
        CHECK(read(folder / "f") == "0123");
        CHECK(ended.bytes().empty());
        co_await client.get("http://h/beside"); // for which there is a place
        write(folder / "g.part", "012345");
        write(folder / "g.part.tag", "\"v1\"");
        co_await http::download(client.get("http://h/"), folder / "g");
        CHECK(read(folder / "g") == "anew");
        CHECK(folder.count() == 2);
        server.verify();
    }());
}

TEST_CASE("a download whose tag is damaged begins anew, and one that middleware refuses says its status") {
    Folder folder;
    corduroy::run([&]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").no_header("range").times(2).answer(200, "anew");
        http::Client client = server.client();
        for (std::string tag : {std::string(7, '\0'), std::string("\"v1\"\n")}) {
            write(folder / "f.part", "0123");
            write(folder / "f.part.tag", tag);
            co_await http::download(client.get("http://h/"), folder / "f");
            CHECK(read(folder / "f") == "anew");
            CHECK(folder.count() == 1);
        }
        auto refuse = [](http::OutgoingRequest&, http::Next) -> Task<http::Response> { co_return http::Response(503); };
        auto refusing = server.client().use(refuse);
        auto refused = co_await attempt(http::download(refusing.get("http://h/"), folder / "g"));
        CHECK(refused.failure().check<http::StatusError>());
        server.verify();
    }());
}

TEST_CASE("another part than the one that was asked for is an error, and a bad status too; the part stays") {
    Folder folder;
    corduroy::run([&]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").answer(StubAnswer(206, "x").header("content-range", "bytes 3-3/10"));
        server.expect("GET", "http://h/").answer(503);
        http::Client client = server.client();
        write(folder / "f.part", "0123");
        write(folder / "f.part.tag", "\"v1\"");
        auto other = co_await attempt(http::download(client.get("http://h/"), folder / "f"));
        CHECK(other.failure().message().find("another part than the one from byte 4 on") != std::string::npos);
        auto refused = co_await attempt(http::download(client.get("http://h/"), folder / "f"));
        CHECK(refused.failure().check<http::StatusError>());
        CHECK(read(folder / "f.part") == "0123");
        server.verify();
    }());
}

TEST_CASE("a part that does not reach the end is no end: the download fails, and goes on from there") {
    Folder folder;
    corduroy::run([&]() -> Task<> {
        StubServer server;
        auto cut = StubAnswer::raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\netag: \"v1\"\r\n\r\n0123").then_close();
        server.expect("GET", "http://h/").no_header("range").answer(cut);
        server.expect("GET", "http://h/")
            .header("range", "bytes=4-")
            .answer(StubAnswer(206, "456").header("content-range", "bytes 4-6/10"));
        server.expect("GET", "http://h/")
            .header("range", "bytes=7-")
            .answer(StubAnswer(206, "789").header("content-range", "bytes 7-9/10"));
        http::Client client = server.client();
        auto first = co_await attempt(http::download(client.get("http://h/"), folder / "f"));
        CHECK_FALSE(first);
        auto second = co_await attempt(http::download(client.get("http://h/"), folder / "f"));
        CHECK(second.failure().message().find("no more than 7 bytes of 10; they are kept") != std::string::npos);
        CHECK_FALSE(fs::exists(folder / "f"));
        co_await http::download(client.get("http://h/"), folder / "f");
        CHECK(read(folder / "f") == "0123456789");
        server.verify();
    }());
}

TEST_CASE("a name that holds NUL is no name of a file, and none that it begins with is touched") {
    Folder folder;
    write(folder / "v", "");
    corduroy::run([&]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").any_times();
        http::Client client = server.client();
        auto outcome = co_await attempt(http::download(client.get("http://h/"), folder / std::string("v\0w", 3)));
        CHECK_FALSE(outcome);
    }());
    CHECK(fs::exists(folder / "v"));
}
