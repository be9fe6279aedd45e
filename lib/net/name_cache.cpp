#include "net/name_cache.hpp"

#include <algorithm>
#include <utility>

namespace corduroy::net {

void NameCache::set(const NameCacheSettings& settings) {
    by_host_.clear();
    entries_.clear();
    settings_ = settings;
}

const NameCache::Entry* NameCache::find(std::string_view host, TimePoint now) {
    auto found = by_host_.find(host);
    if (found == by_host_.end()) return nullptr;
    Entries::iterator entry = found->second;
    if (entry->until <= now) {
        erase(entry);
        return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, entry);
    return &*entry;
}

void NameCache::put(std::string host, std::vector<Address> addresses, std::string failure, Duration lifetime,
                    TimePoint now) {
    if (auto known = by_host_.find(host); known != by_host_.end()) erase(known->second);
    Duration longest = addresses.empty() ? settings_.longest_negative : settings_.longest;
    lifetime = std::min(lifetime, longest);
    if (settings_.names == 0 || lifetime <= Duration::zero()) return;
    Entries added; // spliced when nothing can fail any more
    added.push_front({std::move(host), std::move(addresses), std::move(failure), now + lifetime});
    by_host_.emplace(added.front().host, added.begin());
    entries_.splice(entries_.begin(), added);
    if (entries_.size() > settings_.names) erase(std::prev(entries_.end()));
}

void NameCache::erase(Entries::iterator entry) noexcept {
    by_host_.erase(entry->host);
    entries_.erase(entry);
}

} // namespace corduroy::net
