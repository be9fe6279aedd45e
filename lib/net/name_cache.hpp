#pragma once

#include <corduroy/base/time.hpp>
#include <corduroy/net/address.hpp>
#include <corduroy/net/name_cache_settings.hpp>

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace corduroy::net {

// What is known of names for a while.
class NameCache {
public:
    struct Entry {
        std::string host;
        std::vector<Address> addresses; // with port 0
        std::string failure;            // why there are none
        TimePoint until;
    };

    // Forgets all.
    void set(const NameCacheSettings& settings);

    // What is still valid at `now`; null where there is nothing. Good until the next call.
    const Entry* find(std::string_view host, TimePoint now);

    // Remembers addresses, or why there are none, for `lifetime`, within the settings' bounds. In place of what it knew
    // of that name.
    void put(std::string host, std::vector<Address> addresses, std::string failure, Duration lifetime, TimePoint now);

    std::size_t size() const noexcept { return by_host_.size(); }

private:
    using Entries = std::list<Entry>;

    void erase(Entries::iterator entry) noexcept;

    NameCacheSettings settings_;
    Entries entries_; // the most recently used one first
    std::unordered_map<std::string_view, Entries::iterator> by_host_;
};

} // namespace corduroy::net
