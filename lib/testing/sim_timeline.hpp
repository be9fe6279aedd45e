#pragma once

#include <corduroy/base/time.hpp>
#include <corduroy/base/unique_function.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace corduroy::sim {

// What is to happen in virtual time, in order of time and, at equal times, of being scheduled.
class Timeline {
public:
    using Key = std::pair<TimePoint, std::uint64_t>;

    Key schedule(TimePoint when, UniqueFunction<void()> event) {
        Key key{when, ++serial_};
        if (spare_.empty()) {
            events_.emplace(key, std::move(event));
        } else {
            Events::node_type node = std::move(spare_.back());
            spare_.pop_back();
            node.key() = key;
            node.mapped() = std::move(event);
            events_.insert(std::move(node));
        }
        return key;
    }

    void withdraw(Key key) {
        if (auto found = events_.find(key); found != events_.end()) keep(events_.extract(found));
    }

    std::optional<TimePoint> next() const {
        if (events_.empty()) return std::nullopt;
        return events_.begin()->first.first;
    }

    // Lets happen what is due; an event may schedule and withdraw others.
    void run_due(TimePoint now) {
        while (!events_.empty() && events_.begin()->first.first <= now) {
            Events::node_type node = events_.extract(events_.begin());
            UniqueFunction<void()> event = std::move(node.mapped());
            keep(std::move(node));
            event();
        }
    }

private:
    using Events = std::map<Key, UniqueFunction<void()>>;

    void keep(Events::node_type node) {
        node.mapped() = nullptr;
        spare_.push_back(std::move(node));
    }

    Events events_;
    std::vector<Events::node_type> spare_; // to be used again: most of a simulation's time went by in allocating them
    std::uint64_t serial_ = 0;
};

} // namespace corduroy::sim
