#include <corduroy/http/proxy/proxy_settings.hpp>

#include <corduroy/async/run.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/http/url.hpp>

#include "support/command.hpp"

#include <cstdio>
#include <cstdlib>
#include <doctest/doctest.h>
#include <string>
#include <utility>
#include <vector>

using namespace corduroy;
using http::Proxy;
using http::ProxySettings;
using http::Url;

namespace {

// The environment as a test needs it, and as it was afterwards.
class Environment {
public:
    Environment() {
        for (const char* name : names) {
            const char* value = std::getenv(name);
            before_.push_back(value != nullptr ? value : "");
            ::unsetenv(name);
        }
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    ~Environment() {
        for (std::size_t i = 0; i < before_.size(); ++i)
            before_[i].empty() ? ::unsetenv(names[i]) : ::setenv(names[i], before_[i].c_str(), 1);
    }
    void set(const char* name, const char* value) const { ::setenv(name, value, 1); }

private:
    static constexpr const char* names[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
                                            "all_proxy",  "ALL_PROXY",  "no_proxy",    "NO_PROXY"};
    std::vector<std::string> before_;
};

std::string name_for(const ProxySettings& settings, const char* url) {
    const Proxy* proxy = settings.find(Url::parse(url));
    return proxy == nullptr ? "none" : proxy->name();
}

bool is_direct(std::string_view exceptions, const std::string& url) {
    return ProxySettings("http://proxy.test").except(exceptions).find(Url::parse(url)) == nullptr;
}

} // namespace

TEST_CASE("a proxy is what its URL says, with curl's scheme and port where it says none") {
    struct Row {
        const char* text;
        const char* name;
        const char* user;
        const char* password;
    };
    for (const Row& row : std::vector<Row>{
             {"proxy.test", "http://proxy.test:1080", "", ""},
             {"proxy.test:3128", "http://proxy.test:3128", "", ""},
             {"http://proxy.test:80/", "http://proxy.test:80", "", ""},
             {"HTTP://Proxy.Test:443", "http://proxy.test:443", "", ""},
             {"https://proxy.test", "https://proxy.test:443", "", ""},
             {"socks4://a@h", "socks4://h:1080", "a", ""},
             {"SOCKS4A://h", "socks4a://h:1080", "", ""},
             {"socks5://10.0.0.1", "socks5://10.0.0.1:1080", "", ""},
             {"socks5h://[::1]:9050", "socks5h://[::1]:9050", "", ""},
             {"socks5h://[::1]", "socks5h://[::1]:1080", "", ""},
             {"http://a%20b:c%3a@proxy.test:3128", "http://proxy.test:3128", "a b", "c:"},
             {"user:pass@proxy.test", "http://proxy.test:1080", "user", "pass"},
         }) {
        CAPTURE(row.text);
        Proxy proxy = Proxy::parse(row.text);
        CHECK(proxy.name() == row.name);
        CHECK(proxy.user() == row.user);
        CHECK(proxy.password() == row.password);
    }
}

TEST_CASE("what is no proxy is refused, without a word of its password") {
    for (std::string text :
         {"ftp://u:secret@proxy.test", "socks6://u:secret@proxy.test", "http://u:secret@", "",
          "http://u:secret@proxy.test:99999", "http://u:secret@a b", "http://u:secret@h\r\nx: y",
          "http://u:20/secret@h", "http://u:20?secret@h:1", "http://20#secret@h", "http://u:20\\secret@h"}) {
        CAPTURE(text);
        try {
            Proxy::parse(text);
            FAIL("it was taken");
        } catch (const http::ProxyError& error) {
            CHECK(std::string(error.what()).find("secret") == std::string::npos);
            CHECK(std::string(error.what()).find("it cannot be used: ") != std::string::npos);
        }
    }
}

TEST_CASE("a proxy's own header says nothing that a request says of itself") {
    for (const char* name : {"Host", "content-length", "Transfer-Encoding", "expect"}) {
        CAPTURE(name);
        Proxy proxy = Proxy::parse("http://u:secret@proxy.test");
        CHECK_THROWS_WITH_AS(proxy.header(name, "1"), doctest::Contains(name), http::ProxyError);
        CHECK(proxy.headers().empty());
    }
}

TEST_CASE("the environment is read as curl reads it") {
    Environment environment;
    CHECK(ProxySettings::from_environment().empty());
    environment.set("HTTP_PROXY", "http://from-a-request-header.test");
    CHECK(ProxySettings::from_environment().empty());
    environment.set("ALL_PROXY", "socks5h://all.test");
    CHECK(name_for(ProxySettings::from_environment(), "http://h/") == "socks5h://all.test:1080");
    environment.set("http_proxy", "plain.test:3128");
    environment.set("HTTPS_PROXY", "upper.test");
    CHECK(name_for(ProxySettings::from_environment(), "http://h/") == "http://plain.test:3128");
    CHECK(name_for(ProxySettings::from_environment(), "https://h/") == "http://upper.test:1080");
    environment.set("https_proxy", "http://lower.test");
    CHECK(name_for(ProxySettings::from_environment(), "https://h/") == "http://lower.test:1080");
    environment.set("https_proxy", "");
    environment.set("NO_PROXY", "h");
    CHECK(name_for(ProxySettings::from_environment(), "https://h/") == "none");
    environment.set("no_proxy", "other");
    CHECK(name_for(ProxySettings::from_environment(), "https://h/") == "http://upper.test:1080");
    environment.set("http_proxy", "gopher://h");
    CHECK_THROWS_WITH_AS(ProxySettings::from_environment(),
                         "the proxy gopher://h: it cannot be used: its scheme is none of http, https, socks4, "
                         "socks4a, socks5 and socks5h (the environment's http_proxy)",
                         http::ProxyError);
}

namespace {

// Major and minor.
using Version = std::pair<int, int>;

struct Exception {
    const char* list;
    const char* host;
    bool direct;
    Version curl_differs_since{99, 0};
};

const std::vector<Exception> exceptions{
    {"", "example.test", false},
    {"*", "example.test", true},
    {"example.test", "example.test", true},
    {"example.test", "EXAMPLE.Test", true},
    {"EXAMPLE.TEST", "example.test", true},
    {"example.test", "www.example.test", true},
    {".example.test", "www.example.test", true},
    {".example.test", "example.test", true},
    {"example.test", "nonexample.test", false},
    {"example.test.", "example.test", true},
    {"www.example.test", "example.test", false},
    {"a.test,example.test", "example.test", true},
    {"a.test, example.test", "example.test", true},
    {"a.test example.test", "example.test", true, {8, 9}}, // from there on curl ends a list at a space
    {"127.0.0.1", "127.0.0.1", true},
    {"127.0.0.2", "127.0.0.1", false},
    {"127.0.0.0/8", "127.0.0.1", true},
    {"127.0.0.0/30", "127.0.0.3", true},
    {"127.0.0.0/30", "127.0.0.4", false},
    {"127.0.0.1/32", "127.0.0.1", true},
    {"0.0.1", "127.0.0.1", false},
};

} // namespace

TEST_CASE("what no_proxy names is asked directly: names and all below them, addresses, blocks, ports") {
    for (const Exception& row : exceptions) {
        CAPTURE(row.list);
        CAPTURE(row.host);
        CHECK(is_direct(row.list, "http://" + std::string(row.host) + "/") == row.direct);
    }
    for (const Exception& row : std::vector<Exception>{
             {"::1", "[::1]", true},
             {"[::1]", "[::1]", true},
             {"fd00::/8", "[fd12::1]", true},
             {"[fd00::]/8", "[fd12::1]", true},
             {"fd00::/8", "[fe80::1]", false},
             {"::1/129", "[::1]", false},
             {"127.0.0.0/33", "127.0.0.1", false},
             {"127.0.0.0/x", "127.0.0.1", false},
             {"0.0.0.0/0", "10.1.2.3", true},
             {"0.0.0.0/0", "[::1]", false},
             {"example.test:8080", "example.test:8080", true},
             {"example.test:8080", "example.test", false},
             {"example.test:80", "example.test", true},
             {"example.test:x", "example.test", false},
             {"[::1]:8080", "[::1]:8080", true},
             {"[::1]:8080", "[::1]", false},
             {"a.test,*", "example.test", true},
             {",, ,", "example.test", false},
         }) {
        CAPTURE(row.list);
        CAPTURE(row.host);
        CHECK(is_direct(row.list, "http://" + std::string(row.host) + "/") == row.direct);
    }
}

namespace {

Task<Version> curl_version() {
    std::vector<std::string> command{"curl", "--version"};
    std::string text = co_await testing::output_of(command);
    Version version;
    REQUIRE(std::sscanf(text.c_str(), "curl %d.%d", &version.first, &version.second) == 2);
    co_return version;
}

} // namespace

TEST_CASE("of the same exceptions curl makes the same, but for a list that is parted by spaces, since 8.9") {
    if (!testing::is_installed("curl")) return;
    // What asks it by a proxy's form of a request is told so.
    auto answer = [](http::Request& request) -> Task<http::Response> {
        co_return http::Response(200, request.target().starts_with("http://") ? "by proxy" : "directly");
    };
    run([&]() -> Task<> {
        auto server = co_await http::listen("127.0.0.1:0");
        std::string port = std::to_string(server.port());
        Version version = co_await curl_version();
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(server.serve(answer));
            for (const Exception& row : exceptions) {
                std::string host = row.host;
                std::vector<std::string> command{"curl",
                                                 "-s",
                                                 "-x",
                                                 "http://127.0.0.1:" + port,
                                                 "--noproxy",
                                                 row.list,
                                                 "--resolve",
                                                 host + ":" + port + ":127.0.0.1",
                                                 "http://" + host + ":" + port + "/"};
                std::string out = co_await testing::output_of(command);
                CAPTURE(row.list);
                CAPTURE(host);
                CAPTURE(out);
                bool differs = version >= row.curl_differs_since;
                CHECK(out == (row.direct != differs ? "directly" : "by proxy"));
            }
            server.stop();
        };
        co_await with_task_group(body);
    }());
}
