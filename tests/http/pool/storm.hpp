#pragma once

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace corduroy::testing {

// A request of a storm, and how often it is drawn.
struct StormRequest {
    enum class Way : unsigned char { whole, streamed, dropped_at_head, dropped_after_piece, posted };

    std::string url;
    Way way = Way::whole;
    unsigned weight = 1;
};

// Many requests of one client, more than a fifth of which are cancelled, at random points; the draws are those of a
// seed.
class Storm {
public:
    Storm(http::Client& client, std::vector<StormRequest> requests, std::uint64_t seed)
        : client_(client), requests_(std::move(requests)), dice_(seed) {}

    // Sends `count` of them, so many at a time. Half of them have a bound, anything up to twice what one takes.
    Task<> run(std::size_t count, std::size_t at_a_time) {
        left_ = count;
        auto body = [&](TaskGroup& group) -> Task<> {
            for (std::size_t i = 0; i < at_a_time; ++i) group.spawn(send_some());
            co_return;
        };
        co_await with_task_group(body);
    }

    std::size_t succeeded = 0;
    std::size_t cancelled = 0;
    std::size_t failed = 0;
    std::size_t most_open = 0;

private:
    Task<> send_some() {
        while (left_ > 0) {
            --left_;
            const StormRequest& request = draw();
            bool cancels = dice_() % 2 == 0;
            auto bound = Duration(dice_() % static_cast<std::uint64_t>(2 * usual_.count()));
            TimePoint begun = Reactor::current().now();
            Result<void> outcome;
            if (cancels)
                outcome = co_await attempt(timeout(bound, send(request)));
            else
                outcome = co_await attempt(send(request));
            if (outcome) usual_ = (usual_ * 15 + (Reactor::current().now() - begun)) / 16;
            most_open = std::max(most_open, client_.connections());
            ++(outcome ? succeeded : outcome.failure().check<TimeoutError>() ? cancelled : failed);
        }
    }

    const StormRequest& draw() {
        unsigned all = 0;
        for (const StormRequest& request : requests_) all += request.weight;
        unsigned at = static_cast<unsigned>(dice_() % all);
        std::size_t i = 0;
        while (at >= requests_[i].weight) at -= requests_[i++].weight;
        return requests_[i];
    }

    Task<> send(const StormRequest& request) {
        using Way = StormRequest::Way;
        if (request.way == Way::whole) {
            co_await client_.get(request.url);
        } else if (request.way == Way::posted) {
            std::string body(300'000, 'x');
            co_await client_.post(request.url).body(body);
        } else {
            http::Response response = co_await client_.get(request.url).streamed();
            if (request.way == Way::dropped_after_piece) co_await response.read();
            if (request.way == Way::streamed) co_await response.read_all();
        }
    }

    http::Client& client_;
    std::vector<StormRequest> requests_;
    std::mt19937_64 dice_;
    std::size_t left_ = 0;
    Duration usual_ = std::chrono::milliseconds(10); // what one takes that succeeds, of late
};

} // namespace corduroy::testing
