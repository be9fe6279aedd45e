// An HTTP client under load, to stand beside other clients on the same one:
//
//     --url U | --url-file F   (F: one "URL [BODY-LENGTH]" a line; used in turn, up to --requests)
//     --requests N --connections C [--expect-len L] [--close] [--cacert PEM] [--hold SECONDS]
//
// It is http::Client as anybody has it, its default time-outs and the verification of certificates on. It checks status
// and length of every answer, prints one line of JSON, and succeeds where all answers were right. A large body is read
// as a stream and not kept, as every client in this comparison does. With `--hold` it keeps its connections open, idle,
// so long after the last answer, and says what memory they leave it with: with many more URLs than connections, each of
// a server of its own, nearly all of it is theirs.

#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/http/client.hpp>

#include "bench/http_load.hpp"

using namespace corduroy;

namespace {

// From here on a body is too large to be wanted in one piece.
constexpr long streamed_from = 16 * 1024 * 1024;

Task<std::size_t> read_streamed(http::Response& response) {
    std::size_t size = 0;
    for (;;) {
        std::string_view piece = co_await response.read();
        if (piece.empty()) co_return size;
        size += piece.size();
    }
}

Task<> lane(const http::Client& client, const bench::Load& load, bench::Outcome& outcome) {
    while (outcome.started < load.requests) {
        const bench::Target& target = load.targets[outcome.started++ % load.targets.size()];
        auto from = bench::Clock::now();
        try {
            http::RequestBuilder request = client.get(target.url);
            if (load.close) request = std::move(request).header("connection", "close");
            bool streamed = target.length >= streamed_from;
            if (streamed) request = std::move(request).streamed();
            http::Response response = co_await std::move(request);
            std::size_t size = streamed ? co_await read_streamed(response) : response.bytes().size();
            outcome.answered(target, response.status(), size, from);
        } catch (const std::exception& error) {
            outcome.failed(error);
        }
    }
}

Task<> fetch_all(const bench::Load& load, bench::Outcome& outcome) {
    http::ClientSettings settings;
    // As many as there are at once; those of other origins stay open until it ends.
    settings.connections = settings.idle_connections = load.connections + load.targets.size();
    if (!load.authorities.empty()) settings.tls.ca_file = load.authorities;
    http::Client client(settings);
    auto spawn_all = [&](TaskGroup& group) -> Task<> {
        for (std::size_t i = 0; i < load.connections; ++i) group.spawn(lane(client, load, outcome));
        co_return;
    };
    co_await with_task_group(spawn_all);
    outcome.stop();
    outcome.connects = load.close ? load.requests : client.connections();
    if (load.hold > Duration::zero()) {
        co_await sleep(load.hold);
        outcome.held = bench::memory("VmRSS:");
    }
}

} // namespace

int main(int argc, char** argv) {
    bench::Load load = bench::Load::parse(argc, argv);
    if (load.targets.empty()) {
        std::printf("http_client needs a server: --url http://127.0.0.1:PORT/ [--requests N] [--connections C]\n");
        return 0;
    }
    bench::Outcome outcome(load.requests);
    run(fetch_all(load, outcome));
    outcome.print("corduroy", load);
    return outcome.ok == load.requests ? 0 : 1;
}
