#include "http/pool.hpp"

#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/names.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <new>

namespace corduroy::http {

Pool::~Pool() { close(); }

void Pool::close() noexcept {
    closed_ = true;
    if (sweep_.active()) sweep_.cancel();
    while (ClientConnection* connection = oldest()) close_one(*connection);
}

void Pool::reactor_ends() noexcept {
    close();
    lent_.for_each([](Lease& lease) { lease.holder_->reactor_ends(); });
}

Pool::Origin& Pool::origin(std::string_view name) {
    if (latest_ != nullptr && latest_->name == name) return *latest_;
    auto found = origins_.find(name);
    if (found == origins_.end()) {
        servable_.reserve(origins_.size() + 1); // so that nothing is allocated where nothing may fail
        found = origins_.emplace(std::string(name), std::make_unique<Origin>(name)).first;
    }
    latest_ = found->second.get();
    return *latest_;
}

// ---- places ----

// Fills the lease; there is room. Whoever calls it sees that the origin is `changed`.
void Pool::take(Origin& origin, Lease& lease) noexcept {
    if (!origin.idle.empty()) {
        lease.connection_ = take_out(origin.idle.front());
    } else {
        if (open_ >= limits_.connections) close_one(*oldest());
        ++open_;
        ++origin.open;
    }
    lease.pool_ = this;
    lease.origin_ = &origin;
    lent_.push_back(lease);
}

void Pool::give_back(Origin& origin, std::unique_ptr<ClientConnection> connection) noexcept {
    if (closed_ || limits_.idle == 0) {
        connection.reset();
        return drop_place(origin);
    }
    if (idle_ >= limits_.idle) close_one(*oldest());
    connection->rest();
    connection->reused = true;
    connection->idle_since = Reactor::current().now();
    connection->home = &origin;
    ClientConnection& idle = *connection.release();
    // One that must be drained is used when there is no other.
    if (idle.undrained) {
        origin.idle.push_back(idle);
        undrained_.push_back(idle);
    } else {
        origin.idle.push_front(idle);
        ready_.push_back(idle);
    }
    ++idle_;
    try {
        if (!sweep_.active() || idle.undrained) schedule_sweep();
    } catch (const std::bad_alloc&) {
        close_one(idle); // nobody would close it in time; the origin may be gone with it
        return serve_waiting();
    }
    changed(origin);
    serve_waiting();
}

void Pool::drop_place(Origin& origin) noexcept {
    --origin.open;
    --open_;
    changed(origin);
    serve_waiting();
}

std::unique_ptr<ClientConnection> Pool::take_out(ClientConnection& connection) noexcept {
    connection.ListNode<ClientConnection::OfOrigin>::unlink();
    connection.ListNode<ClientConnection::ByAge>::unlink();
    --idle_;
    return std::unique_ptr<ClientConnection>(&connection);
}

void Pool::close_one(ClientConnection& connection) noexcept {
    Origin& origin = *static_cast<Origin*>(connection.home);
    take_out(connection).reset();
    --origin.open;
    --open_;
    changed(origin);
}

// The idle connection to be closed first.
ClientConnection* Pool::oldest() noexcept {
    if (!undrained_.empty()) return &undrained_.front();
    return ready_.empty() ? nullptr : &ready_.front();
}

// ---- waiting ----

void Pool::wait(Acquiring& waiter) noexcept {
    waiter.number_ = ++waited_;
    waiter.origin_->waiting.push_back(waiter);
    changed(*waiter.origin_);
    serve_waiting();
}

void Pool::leave(Acquiring& waiter) noexcept {
    waiter.Acquiring::Place::unlink();
    changed(*waiter.origin_);
    serve_waiting();
}

void Pool::list_again(Origin& origin) noexcept {
    if (std::exchange(origin.listed, false)) servable_.erase(std::find(servable_.begin(), servable_.end(), &origin));
    if (origin.waiting.empty()) {
        if (origin.open == 0) forget(origin);
        return;
    }
    if (at_limit(origin)) return;
    auto before = [](Origin* one, Origin* other) {
        return one->waiting.front().number_ < other->waiting.front().number_;
    };
    servable_.insert(std::upper_bound(servable_.begin(), servable_.end(), &origin, before), &origin);
    origin.listed = true;
}

void Pool::forget(Origin& origin) noexcept {
    if (latest_ == &origin) latest_ = nullptr;
    origins_.erase(origins_.find(std::string_view(origin.name)));
}

void Pool::serve_first() noexcept {
    Origin& origin = *servable_.front();
    servable_.erase(servable_.begin());
    origin.listed = false;
    Acquiring& waiter = origin.waiting.pop_front();
    take(origin, waiter.lease_);
    waiter.lease_.held_by(waiter.holder_);
    changed(origin);
    waiter.resume();
}

std::string Pool::holders(const Origin& origin) {
    constexpr std::size_t told = 4;
    bool of_origin = limits_.per_origin != 0 && origin.open >= limits_.per_origin;
    std::size_t others = 0;
    std::string list;
    std::size_t count = 0;
    lent_.for_each([&](const Lease& lease) {
        if (of_origin && lease.origin_ != &origin) return;
        if (++count > told) {
            ++others;
            return;
        }
        list += (list.empty() ? ": " : ", ") + lease.holder_->describe();
    });
    if (others != 0) list += " and " + std::to_string(others) + " more";
    std::string which = of_origin ? " that one host may have" : " that the client may have";
    std::size_t limit = of_origin ? limits_.per_origin : limits_.connections;
    std::string all = limit == 1 ? "the one" + which + " is" : "all " + std::to_string(limit) + which + " are";
    return all + " in use" + list;
}

void Pool::Acquiring::give_up() noexcept {
    missing_ = text_or_no_memory([this] { return pool_.holders(*origin_); });
    pool_.leave(*this);
    cancelled();
}

void Pool::Acquiring::raise() {
    try {
        current_step.task->raise();
    } catch (Cancelled& cancelled) {
        cancelled.during(missing_);
        throw;
    }
}

// ---- time ----

void Pool::sweep() {
    TimePoint now = Reactor::current().now();
    while (!undrained_.empty() && later(undrained_.front().idle_since, limits_.drain_timeout) <= now)
        close_one(undrained_.front());
    while (!ready_.empty() && later(ready_.front().idle_since, limits_.idle_timeout) <= now) close_one(ready_.front());
    serve_waiting();
    schedule_sweep();
}

void Pool::schedule_sweep() {
    TimePoint next = TimePoint::max();
    if (!ready_.empty()) next = later(ready_.front().idle_since, limits_.idle_timeout);
    if (!undrained_.empty()) next = std::min(next, later(undrained_.front().idle_since, limits_.drain_timeout));
    if (sweep_.active()) sweep_.cancel();
    Reactor& reactor = Reactor::current();
    if (next != TimePoint::max()) sweep_ = reactor.call_later(next - reactor.now(), [this] { sweep(); });
}

// ---- leases ----

void Pool::Lease::finish() noexcept {
    Pool* pool = std::exchange(pool_, nullptr);
    if (pool == nullptr) return;
    unlink();
    pool->give_back(*origin_, std::move(connection_));
}

void Pool::Lease::discard() noexcept {
    connection_.reset();
    Pool* pool = std::exchange(pool_, nullptr);
    if (pool == nullptr) return;
    unlink();
    pool->drop_place(*origin_);
}

} // namespace corduroy::http
