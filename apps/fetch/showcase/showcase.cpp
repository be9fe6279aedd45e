#include "showcase/showcase.hpp"

#include "output/console.hpp"
#include "showcase/showcase_server.hpp"
#include "transfer/client_settings.hpp"
#include "transfer/download.hpp"

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/net/listener.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace fetch {

using corduroy::Reactor;
using corduroy::Task;
using corduroy::TaskGroup;
namespace http = corduroy::http;
namespace net = corduroy::net;

namespace {

class Showcase {
public:
    explicit Showcase(const Options& options) : options_(options) {
        options_.operations.resize(1);
        operation().request.follow = true;
    }

    Task<int> run() {
        http::Server server = co_await http::listen("127.0.0.1:0");
        net::Listener careless = co_await net::listen("127.0.0.1:0");
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(server.serve(answer_page));
            group.spawn(serve_cut_short(careless));
            co_await fetch_pages(origin(server.port()), origin(careless.port()));
            group.cancel();
        };
        co_await corduroy::with_task_group(body);
        // The one that was cut short had to fail, and no other.
        co_return failed_ == 1 ? 0 : 1;
    }

private:
    static std::string origin(std::uint16_t port) { return "http://127.0.0.1:" + std::to_string(port); }

    Task<> fetch_pages(std::string server, std::string careless) {
        std::vector<std::string> urls;
        for (const char* path : {"/slow", "/chunked", "/large", "/redirected", "/missing", "/fast"})
            urls.push_back(server + path);
        urls.push_back(careless + "/cut-short");

        co_await console_.say("fetch was given no URL, so it started a server of its own, at " + server +
                              ",\n"
                              "and fetches " +
                              std::to_string(urls.size()) + " pages from it, all at once. As they come:\n");
        http::Client client(client_settings(operation(), options_));
        corduroy::TimePoint start = Reactor::current().now();
        std::vector<Task<>> fetching;
        for (const std::string& url : urls) fetching.push_back(fetch_page(client, url));
        co_await gather(std::move(fetching));
        co_await console_.say(closing_words(Reactor::current().now() - start));
    }

    Operation& operation() noexcept { return options_.operations.front(); }

    Task<> fetch_page(const http::Client& client, std::string url) {
        Target target{.operation = &operation(),
                      .index = 0,
                      .url = std::move(url),
                      .output = {},
                      .named = false,
                      .upload = {},
                      .checksum = {}};
        auto nowhere = [](const http::Response&, std::uint64_t) -> std::unique_ptr<Sink> {
            return std::make_unique<NoSink>();
        };
        TransferProgress progress(progress_, target.url); // which nobody shows
        Download download(client, pace_, target, progress, {}, nowhere);
        TransferRecord record = co_await download.run();
        if (record.failed()) ++failed_;
        co_await console_.say("  " + summary_of(record));
    }

    static std::string closing_words(corduroy::Duration took) {
        auto ms = std::chrono::round<std::chrono::milliseconds>(took).count();
        return "\nThat took " + std::to_string(ms) +
               " ms, hardly more than the slow page alone. A 404 is an answer like any other;\n"
               "the page whose connection was closed in its middle is a failure, and is never passed off as whole.\n\n"
               "Now with URLs of yours, say: fetch -L http://example.com/ -o page.html (fetch --help tells the rest).";
    }

    Options options_;
    Pace pace_{options_};
    Console console_{1};
    Progress progress_{Reactor::current().now()};
    std::size_t failed_ = 0;
};

} // namespace

Task<int> show(const Options& options) {
    Showcase showcase(options);
    int status = co_await showcase.run();
    co_return status;
}

} // namespace fetch
