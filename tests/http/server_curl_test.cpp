#include <corduroy/http/server.hpp>

#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/base/cancelled.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <thread>
#include <unistd.h>

using namespace corduroy;

namespace {

// What a command prints.
std::string output_of(const std::string& command) {
    std::FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string output;
    char buffer[4096];
    while (std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, count);
    pclose(pipe);
    return output;
}

Task<http::Response> echo(http::Request& request) {
    co_return http::Response(200, request.method() + " " + std::string(request.path()) + " [" + request.text() + "]\n");
}

// Runs the commands that `talk(url)` runs in a thread of its own against a server on the real ring.
template <class Talk>
void with_curl(Talk talk) {
    if (std::system("curl --version > /dev/null 2>&1") != 0) {
        MESSAGE("curl is not installed, so the server is not held against it");
        return;
    }
    auto program = [&]() -> Task<> {
        http::Server server = co_await http::listen("127.0.0.1:0");
        std::string url = "http://127.0.0.1:" + std::to_string(server.port());
        Reactor& reactor = Reactor::current();
        std::thread client([&] {
            talk(url);
            reactor.call_from_thread([&] { server.stop(); });
        });
        co_await server.serve(echo);
        client.join();
    };
    run(program());
}

} // namespace

TEST_CASE("a handler ends when the curl that asked for it does") {
    if (std::system("curl --version > /dev/null 2>&1") != 0) {
        MESSAGE("curl is not installed, so the server is not held against it");
        return;
    }
    std::string folder = "/tmp/corduroy-curl-" + std::to_string(::getpid());
    std::filesystem::create_directory(folder);
    // The end of a Unix socket leaves no doubt; that of a TCP connection does, unless the server is told otherwise.
    for (bool over_tcp : {false, true}) {
        CAPTURE(over_tcp);
        bool cancelled = false;
        auto program = [&]() -> Task<> {
            std::string where = over_tcp ? "127.0.0.1:0" : "unix:" + folder + "/socket";
            http::Server server = co_await http::listen(where);
            if (over_tcp) server.settings().gone_sign = net::GoneSign::end;
            std::string curl = "curl -sS --noproxy '*' --max-time 0.5 -o /dev/null ";
            curl += over_tcp ? "http://127.0.0.1:" + std::to_string(server.port())
                             : "--unix-socket " + folder + "/socket http://h/";
            auto handler = [&](http::Request&) -> Task<http::Response> {
                try {
                    co_await sleep(std::chrono::minutes(5));
                } catch (const Cancelled&) {
                    cancelled = true;
                    server.stop();
                    throw;
                }
                co_return http::Response(200);
            };
            std::thread client([&] { output_of(curl + " 2>&1"); });
            co_await server.serve(handler);
            client.join();
        };
        run(program());
        CHECK(cancelled);
    }
    std::filesystem::remove_all(folder);
}

TEST_CASE("curl is content with the server") {
    with_curl([](const std::string& url) {
        std::string curl = "curl -sS --noproxy '*' --max-time 20 ";
        CHECK(output_of(curl + url + "/a") == "GET /a []\n");
        CHECK(output_of(curl + "-0 " + url + "/old") == "GET /old []\n");
        CHECK(output_of(curl + "-d hello " + url + "/form") == "POST /form [hello]\n");
        CHECK(output_of("printf chunks | " + curl + "-T - " + url + "/put") == "PUT /put [chunks]\n");

        // One connection bears all three.
        std::string three = output_of(curl + "-w '%{num_connects} ' " + url + "/1 " + url + "/2 " + url + "/3");
        CHECK(three == "GET /1 []\n1 GET /2 []\n0 GET /3 []\n0 ");

        std::string head = output_of(curl + "-I " + url + "/head");
        CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
        CHECK(head.find("content-length: 14\r\n") != std::string::npos);

        // A large body waits to be told to go on, and is refused when it is too large.
        std::string large = "head -c 900000 /dev/zero | tr '\\0' x | ";
        CHECK(output_of(large + curl + "-H 'Expect: 100-continue' --data-binary @- " + url + "/").size() == 900'010);
        std::string chunks = large + curl + "-T - " + url + "/chunks";
        CHECK(output_of(chunks).size() == 900'015);
        std::string huge = "head -c 3000000 /dev/zero | ";
        CHECK(output_of(huge + curl + "-o /dev/null -w '%{http_code}' --data-binary @- " + url + "/") == "413");
    });
}
