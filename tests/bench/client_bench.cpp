// A keep-alive GET client: `--url U --requests N --connections C [--expect-len L] [--close]`, checks every answer and
// prints one JSON line, so that it can stand beside other clients on the same load.

#include <corduroy/async/run.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/http/client.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

using namespace corduroy;

namespace {

struct Load {
    std::string url;
    std::size_t requests = 100'000;
    std::size_t connections = 64;
    long expected = -1;
    bool close = false;
};

struct Outcome {
    std::size_t started = 0;
    std::size_t ok = 0;
    std::size_t wrong = 0;
    std::size_t bytes = 0;
    std::vector<double> latencies;
};

double cpu_seconds(bool system) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const timeval& time = system ? usage.ru_stime : usage.ru_utime;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

Task<> lane(const http::Client& client, const Load& load, Outcome& outcome) {
    while (outcome.started < load.requests) {
        ++outcome.started;
        auto from = std::chrono::steady_clock::now();
        http::RequestBuilder request = client.get(load.url);
        if (load.close) request = std::move(request).header("connection", "close");
        http::Response response = co_await std::move(request);
        std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - from;
        outcome.latencies.push_back(took.count());
        outcome.bytes += response.bytes().size();
        bool right = response.status() == 200 &&
                     (load.expected < 0 || response.bytes().size() == static_cast<std::size_t>(load.expected));
        ++(right ? outcome.ok : outcome.wrong);
    }
}

Task<> fetch_all(const Load& load, Outcome& outcome) {
    http::ClientSettings settings;
    settings.connections = load.connections;
    http::Client client(settings);
    auto spawn_all = [&](TaskGroup& group) -> Task<> {
        for (std::size_t i = 0; i < load.connections; ++i) group.spawn(lane(client, load, outcome));
        co_return;
    };
    co_await with_task_group(spawn_all);
}

Load parse(int argc, char** argv) {
    Load load;
    for (int i = 1; i < argc; ++i) {
        std::string_view option = argv[i];
        if (option == "--close") {
            load.close = true;
            continue;
        }
        if (i + 1 == argc) break;
        const char* value = argv[++i];
        if (option == "--url") load.url = value;
        if (option == "--requests") load.requests = std::strtoul(value, nullptr, 10);
        if (option == "--connections") load.connections = std::strtoul(value, nullptr, 10);
        if (option == "--expect-len") load.expected = std::strtol(value, nullptr, 10);
    }
    return load;
}

} // namespace

int main(int argc, char** argv) {
    Load load = parse(argc, argv);
    if (load.url.empty()) {
        std::printf("client_bench needs a server: --url http://127.0.0.1:PORT/ [--requests N] [--connections C]\n");
        return 0;
    }
    Outcome outcome;
    outcome.latencies.reserve(load.requests);
    double user = cpu_seconds(false);
    double system = cpu_seconds(true);
    auto from = std::chrono::steady_clock::now();
    run(fetch_all(load, outcome));
    std::chrono::duration<double> wall = std::chrono::steady_clock::now() - from;
    user = cpu_seconds(false) - user;
    system = cpu_seconds(true) - system;
    std::sort(outcome.latencies.begin(), outcome.latencies.end());
    auto quantile = [&](double q) {
        return outcome.latencies.empty()
                   ? 0.0
                   : outcome.latencies[static_cast<std::size_t>(static_cast<double>(outcome.latencies.size() - 1) * q)];
    };
    std::printf(
        "{\"name\":\"corduroy\",\"requests\":%zu,\"connections\":%zu,\"ok\":%zu,\"bad_status\":0,\"bad_len\":%zu,"
        "\"errors\":0,\"bytes\":%zu,\"connects\":%zu,\"wall_s\":%.6f,\"user_s\":%.6f,\"sys_s\":%.6f,\"rps\":%.1f,"
        "\"cpu_us_per_req\":%.3f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,\"maxrss_kb\":0}\n",
        load.requests, load.connections, outcome.ok, outcome.wrong, outcome.bytes, load.connections, wall.count(), user,
        system, static_cast<double>(outcome.ok) / wall.count(),
        (user + system) * 1e6 / static_cast<double>(std::max<std::size_t>(outcome.ok, 1)), quantile(0.5),
        quantile(0.99), quantile(1.0));
    return outcome.ok == load.requests ? 0 : 1;
}
