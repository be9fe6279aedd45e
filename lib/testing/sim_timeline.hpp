#pragma once

#include <corduroy/base/time.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace corduroy::sim {

// What is to happen in virtual time, in order of time and, at equal times, of being scheduled.
class Timeline {
public:
    using Key = std::pair<TimePoint, std::uint64_t>;

    Key schedule(TimePoint when, std::function<void()> event) {
        Key key{when, ++serial_};
        events_.emplace(key, std::move(event));
        return key;
    }

    void withdraw(Key key) { events_.erase(key); }

    std::optional<TimePoint> next() const {
        if (events_.empty()) return std::nullopt;
        return events_.begin()->first.first;
    }

    // Lets happen what is due; an event may schedule and withdraw others.
    void run_due(TimePoint now) {
        while (!events_.empty() && events_.begin()->first.first <= now) {
            auto event = std::move(events_.extract(events_.begin()).mapped());
            event();
        }
    }

private:
    std::map<Key, std::function<void()>> events_;
    std::uint64_t serial_ = 0;
};

} // namespace corduroy::sim
