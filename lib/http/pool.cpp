#include "http/pool.hpp"

#include <corduroy/reactor/reactor.hpp>

#include <algorithm>

namespace corduroy::http {

Pool::~Pool() { close(); }

void Pool::close() noexcept {
    closed_ = true;
    if (sweep_.active()) sweep_.cancel();
    while (evict_idle()) {
    }
}

Pool::Origin& Pool::origin(std::string_view name) {
    auto found = origins_.find(name);
    if (found == origins_.end()) {
        found = origins_.emplace(std::string(name), std::make_unique<Origin>()).first;
        found->second->name = name;
    }
    return *found->second;
}

// Fills the lease where the bounds allow it now.
bool Pool::admit(Origin& origin, Lease& lease) {
    if (!origin.idle.empty()) {
        lease.connection_ = std::move(origin.idle.back());
        origin.idle.pop_back();
        --idle_;
    } else {
        if (limits_.per_origin != 0 && origin.open >= limits_.per_origin) return false;
        if (open_ >= limits_.connections && !evict_idle()) return false;
        ++open_;
        ++origin.open;
    }
    lease.pool_ = this;
    lease.origin_ = &origin;
    return true;
}

// Closes one idle connection, the one that has been idle longest.
bool Pool::evict_idle() noexcept {
    Origin* oldest = nullptr;
    for (auto& [name, origin] : origins_) {
        if (origin->idle.empty()) continue;
        if (oldest == nullptr || origin->idle.front()->idle_since < oldest->idle.front()->idle_since)
            oldest = origin.get();
    }
    if (oldest == nullptr) return false;
    oldest->idle.erase(oldest->idle.begin());
    --oldest->open;
    --open_;
    --idle_;
    return true;
}

void Pool::give_back(Origin& origin, std::unique_ptr<ClientConnection> connection) noexcept {
    if (closed_) {
        connection.reset();
        return drop_place(origin);
    }
    Reactor& reactor = Reactor::current();
    connection->rest();
    connection->reused = true;
    connection->idle_since = reactor.now();
    origin.idle.push_back(std::move(connection));
    ++idle_;
    if (!sweep_.active()) sweep_ = reactor.call_later(limits_.idle_timeout, [this] { sweep(); });
    serve_waiting();
}

void Pool::drop_place(Origin& origin) noexcept {
    --origin.open;
    --open_;
    serve_waiting();
    if (origin.open == 0 && waiting_.empty()) origins_.erase(origins_.find(std::string_view(origin.name)));
}

// The first come who can be served now is served; one who waits for a busy origin does not hold up the others.
void Pool::serve_waiting() noexcept {
    waiting_.for_each([&](Acquiring& waiter) {
        if (!admit(*waiter.origin_, waiter.lease_)) return;
        waiter.Acquiring::Place::unlink();
        waiter.resume();
    });
}

void Pool::sweep() {
    TimePoint now = Reactor::current().now();
    TimePoint oldest = TimePoint::max();
    for (auto entry = origins_.begin(); entry != origins_.end();) {
        Origin& origin = *entry->second;
        auto fresh = std::find_if(origin.idle.begin(), origin.idle.end(), [&](const auto& connection) {
            return connection->idle_since + limits_.idle_timeout > now;
        });
        auto closed = static_cast<std::size_t>(fresh - origin.idle.begin());
        origin.idle.erase(origin.idle.begin(), fresh);
        origin.open -= closed;
        open_ -= closed;
        idle_ -= closed;
        if (!origin.idle.empty()) oldest = std::min(oldest, origin.idle.front()->idle_since);
        bool unused = origin.open == 0 && waiting_.empty();
        entry = unused ? origins_.erase(entry) : std::next(entry);
    }
    serve_waiting();
    if (oldest != TimePoint::max())
        sweep_ = Reactor::current().call_later(oldest + limits_.idle_timeout - now, [this] { sweep(); });
}

void Pool::Lease::finish() noexcept {
    if (Pool* pool = std::exchange(pool_, nullptr)) pool->give_back(*origin_, std::move(connection_));
}

void Pool::Lease::discard() noexcept {
    connection_.reset();
    if (Pool* pool = std::exchange(pool_, nullptr)) pool->drop_place(*origin_);
}

} // namespace corduroy::http
