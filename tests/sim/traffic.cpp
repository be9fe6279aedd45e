#include "sim/traffic.hpp"

#include "sim/dice.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/event.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/testing/explore.hpp>
#include <corduroy/testing/simulation.hpp>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

namespace corduroy::traffic {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view server_name = "server.test";
constexpr std::size_t most_connections = 2; // of a client

// "/REQUEST/SIZE/ANSWER-SIZE": what a request is, told by its target.
struct Target {
    std::size_t request = 0;
    std::size_t size = 0;
    std::size_t answer_size = 0;

    std::string text() const {
        return '/' + std::to_string(request) + '/' + std::to_string(size) + '/' + std::to_string(answer_size);
    }

    // A target that is none of ours becomes that of a request that nobody has made.
    static Target parse(std::string_view text) {
        Target target{~std::size_t{0}, 0, 0};
        for (std::size_t* part : {&target.request, &target.size, &target.answer_size}) {
            if (!text.starts_with('/')) return {~std::size_t{0}, 0, 0};
            auto end = std::from_chars(text.data() + 1, text.data() + text.size(), *part).ptr;
            text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        }
        return target;
    }
};

class Traffic {
public:
    Traffic(sim::World& world, Ledger& ledger, std::uint64_t seed, const Load& load)
        : world_(world), ledger_(ledger), dice_(seed), load_(load) {}

    Task<> run() {
        set_up_server();
        for (std::size_t i = 0; i < load_.clients; ++i) set_up_client(i);
        auto trouble = [this]() -> Task<> { return make_trouble(); };
        // Twenty times the longest that a request can take with the client's own bounds, and more.
        co_await timeout(3h, trouble);
        mend();
        auto rest = [this]() -> Task<> { co_await all_ended_.wait(); };
        co_await timeout(1h, rest);
    }

private:
    // ---- the server ----

    void set_up_server() {
        sim::Host& server = world_.host(server_name);
        server.latency(dice_.up_to(5ms)).fail_lookups(dice_.below(4)).lookup_time(dice_.up_to(20ms));
        server.faults({.refuse = 0.02, .reset = 0.03, .end = 0.02});
        auto handler = [this](http::Request& request) -> Task<http::Response> { return answer(request); };
        http::ServerSettings settings;
        settings.idle_timeout = 500ms; // so that kept connections are closed, now and then under a request's nose
        server.serve(80, settings, handler);
    }

    Task<http::Response> answer(http::Request& request) {
        Target target = Target::parse(request.target());
        std::size_t delivery = ledger_.delivered(target.request, request.bytes(), target.size);
        if (dice_.chance(0.1)) co_await sleep(dice_.up_to(2s));
        co_return http::Response(200, Ledger::answer_to(target.request, delivery, target.answer_size));
    }

    // ---- the clients ----

    void set_up_client(std::size_t number) {
        sim::Host& host = world_.host("client" + std::to_string(number) + ".test");
        hosts_.push_back(&host);
        host.latency(dice_.up_to(30ms));
        if (dice_.chance(0.3)) host.jitter(dice_.up_to(20ms));
        if (dice_.chance(0.1)) host.loss(0.02);
        if (dice_.chance(0.1)) host.bandwidth(static_cast<double>(dice_.between(10'000, 100'000)));
        // What is cut up is not long, or there would be time for little else.
        std::size_t longest = 100'000;
        if (dice_.chance(0.1)) {
            std::size_t piece = dice_.chance(0.2) ? 1 : dice_.between(2, 200);
            host.fragment(piece);
            longest = 100 * piece;
        }
        host.run([this, longest] { return client(longest); });
    }

    Task<> client(std::size_t longest) {
        Task<> working = ask_all(longest);
        auto outcome = co_await attempt(std::move(working));
        if (!outcome) ledger_.violated("a client failed: " + outcome.failure().message());
        if (++ended_ == load_.clients) all_ended_.set();
    }

    Task<> ask_all(std::size_t longest) {
        http::ClientSettings settings;
        settings.connections = most_connections;
        http::Client http(settings);
        std::size_t left = load_.requests;
        while (left > 0) {
            co_await sleep(dice_.up_to(300ms));
            std::size_t together = std::min<std::size_t>(left, dice_.chance(0.2) ? dice_.between(2, 4) : 1);
            left -= together;
            std::vector<Task<>> asking;
            while (asking.size() < together) asking.push_back(ask(http, longest));
            co_await gather(std::move(asking));
        }
        if (++through_ == load_.clients) all_through_.set();
        co_await mended_.wait();
        // Each kept connection may still have its end before it: one try for each, and one for a new one.
        for (std::size_t tries = 0; tries <= most_connections; ++tries) {
            Task<bool> sending = send(http, "GET", Target{ledger_.open(true), 0, 10}, false);
            bool answered = co_await std::move(sending);
            if (answered) co_return;
        }
        ledger_.violated("a request failed on a network on which nothing is wrong any more");
    }

    Task<> ask(http::Client& http, std::size_t longest) {
        const char* method = "GET";
        bool has_body = dice_.chance(0.45);
        if (has_body) method = dice_.chance(0.5) ? "PUT" : "POST";
        Target target{ledger_.open(method != std::string_view("POST"))};
        if (has_body) target.size = some_size(longest);
        target.answer_size = some_size(longest);
        Task<bool> sending = send(http, method, target, true);
        co_await std::move(sending);
    }

    // Mostly short.
    std::size_t some_size(std::size_t longest) {
        return dice_.below(dice_.chance(0.03) ? longest : std::min<std::size_t>(longest, 2000));
    }

    // Whether it was answered.
    Task<bool> send(http::Client& http, std::string_view method, Target target, bool may_hurry) {
        http::RequestBuilder request = http.request(method, "http://" + std::string(server_name) + target.text());
        if (target.size > 0) request = std::move(request).body(std::string(text_of(target.request, target.size)));
        if (may_hurry && dice_.chance(0.05)) request = std::move(request).timeout(dice_.up_to(500ms));
        bool streamed = may_hurry && dice_.chance(0.1);
        if (streamed) request = std::move(request).streamed();
        Task<std::string> receiving = receive(std::move(request), streamed);
        auto outcome = co_await attempt(std::move(receiving));
        if (outcome)
            ledger_.answered(target.request, *outcome, target.answer_size);
        else
            ledger_.failed(target.request, outcome.failure());
        co_return outcome.has_value();
    }

    Task<std::string> receive(http::RequestBuilder request, bool streamed) {
        http::Response response = co_await std::move(request);
        if (streamed) co_await response.read_all();
        response.raise_for_status();
        co_return std::move(response).bytes();
    }

    // ---- the network ----

    // Until all clients are through.
    Task<> make_trouble() {
        while (!all_through_.is_set()) {
            co_await sleep(dice_.up_to(2s));
            Task<> event = one_event();
            co_await std::move(event);
        }
    }

    Task<> one_event() {
        sim::Host& server = world_.host(server_name);
        sim::Host& client = *hosts_[dice_.below(hosts_.size())];
        switch (dice_.below(7)) {
        case 0:
            server.partition();
            co_await sleep(dice_.up_to(3s));
            server.heal();
            break;
        case 1:
            client.partition();
            co_await sleep(dice_.up_to(30s));
            client.heal();
            break;
        case 2:
            client.partition(server);
            co_await sleep(dice_.up_to(3s));
            client.heal();
            break;
        case 3:
            server.refuse();
            co_await sleep(dice_.up_to(1s));
            server.refuse(false);
            break;
        case 4:
            server.fail_lookups(dice_.below(10));
            break;
        case 5:
            server.break_connections();
            break;
        default:
            client.latency(dice_.up_to(200ms), dice_.up_to(200ms));
            break;
        }
    }

    void mend() {
        sim::Host& server = world_.host(server_name);
        server.faults({}).fail_lookups(0).refuse(false);
        mended_.set();
    }

    sim::World& world_;
    Ledger& ledger_;
    Dice dice_;
    Load load_;
    std::vector<sim::Host*> hosts_;
    std::size_t through_ = 0; // clients that wait for the network to be mended
    std::size_t ended_ = 0;
    Event all_through_;
    Event mended_;
    Event all_ended_;
};

} // namespace

Outcome play(std::uint64_t seed, const Load& load, bool keep_log) {
    sim::SimOptions options = sim::every_edge({.seed = seed, .keep_log = keep_log});
    sim::Simulation simulation(options);
    Ledger ledger;
    Outcome outcome;
    try {
        Traffic traffic(simulation.world(), ledger, seed, load);
        corduroy::run(simulation.reactor(), traffic.run());
        simulation.check_leaks();
        ledger.settle();
    } catch (...) {
        outcome.failure = Failure::current();
    }
    outcome.log_hash = simulation.log_hash();
    outcome.elapsed = simulation.world().elapsed();
    outcome.figures = ledger.figures();
    outcome.failures = ledger.failures();
    outcome.log = simulation.world().kernel().log_text();
    return outcome;
}

} // namespace corduroy::traffic
