#pragma once

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/testing/simulation.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace corduroy::traffic {

// Connections that each bear a request every so often, for so long.
struct HourLoad {
    std::size_t connections = 1000;
    Duration pause = std::chrono::seconds(10);
    Duration length = std::chrono::hours(1);
};

struct HourReport {
    std::size_t answered = 0;
    std::size_t connections = 0; // that the server has seen, at the end
    Duration elapsed{};
    std::uint64_t hash = 0;
};

namespace detail {

inline Task<> ask_now_and_then(const http::Client& client, const HourLoad& load, std::size_t number,
                               std::size_t& answered) {
    using namespace std::chrono_literals;
    // Each at a moment of its own.
    co_await sleep(load.pause * static_cast<int>(number) / static_cast<int>(load.connections));
    http::Url url = http::Url::parse("http://server.test/page");
    for (auto left = load.length / load.pause; left > 0; --left) {
        http::Response response = co_await client.get(url);
        if (response.status() == 200 && response.bytes().size() == 100) ++answered;
        co_await sleep(load.pause);
    }
}

inline Task<HourReport> ask_for_an_hour(sim::World& world, const HourLoad& load) {
    using namespace std::chrono_literals;
    http::ServerSettings settings;
    settings.connections = 2 * load.connections;
    auto page = [](http::Request&) -> Task<http::Response> { co_return http::Response(200, std::string(100, 'x')); };
    world.host("server.test").latency(5ms).serve(80, settings, page);
    // A client of its own for each, so that each keeps its one connection.
    std::vector<http::Client> clients(load.connections);
    std::vector<Task<>> asking;
    HourReport report;
    for (std::size_t i = 0; i < load.connections; ++i)
        asking.push_back(ask_now_and_then(clients[i], load, i, report.answered));
    co_await gather(std::move(asking));
    for (const http::Client& client : clients) report.connections += client.connections();
    report.elapsed = world.elapsed();
    report.hash = world.log_hash();
    co_return report;
}

} // namespace detail

inline HourReport simulate(const HourLoad& load) {
    sim::Simulation simulation({});
    HourReport report = corduroy::run(simulation.reactor(), detail::ask_for_an_hour(simulation.world(), load));
    simulation.check_leaks();
    return report;
}

} // namespace corduroy::traffic
