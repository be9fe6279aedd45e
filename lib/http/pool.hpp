#pragma once

#include "http/client_connection.hpp"
#include "http/lease_holder.hpp"

#include <corduroy/async/suspension.hpp>
#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/reactor/delayed_call.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace corduroy::http {

struct PoolLimits {
    std::size_t connections;
    std::size_t per_origin; // 0: no bound
    std::size_t idle;
    Duration idle_timeout;
    Duration drain_timeout; // how long a connection is kept whose last body is still to be drained
};

// The connections of a client, by origin. A connection is lent to one request at a time; one that is idle is used
// again, the latest first; where the bounds are reached requests wait in turn, and idle connections to other origins
// give way.
class Pool {
public:
    class Lease;
    class Acquiring;

    explicit Pool(const PoolLimits& limits) noexcept : limits_(limits) {}
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool();

    // Waits for a place, and gives it to a lease that has none. That holds an idle connection to `origin` then, or the
    // right to open one. An origin is any text: requests of the same text share connections. The holder, which is told
    // of to those who wait, must outlive the lease or be replaced in it.
    Acquiring acquire(std::string_view origin, LeaseHolder& holder, Lease& lease) noexcept;

    // Closes idle connections, and keeps none from here on, or until it is told otherwise.
    void close() noexcept;
    void open_again() noexcept { closed_ = false; }
    // The reactor ends: beside that, closes what is lent to those who may outlive it.
    void reactor_ends() noexcept;

    std::size_t open() const noexcept { return open_; }
    std::size_t idle() const noexcept { return idle_; }

private:
    using Connections = IntrusiveList<ClientConnection, ClientConnection::OfOrigin>;
    using ByAge = IntrusiveList<ClientConnection, ClientConnection::ByAge>;
    struct Origin {
        explicit Origin(std::string_view name) : name(name) {}

        std::string name;
        std::size_t open = 0; // connections and rights to open one
        Connections idle;     // the one to be used next first; owned
        IntrusiveList<Acquiring, Acquiring> waiting;
        bool listed = false; // in `servable_`
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
    };

    Origin& origin(std::string_view name);
    bool at_limit(Origin& origin) const noexcept {
        return limits_.per_origin != 0 && origin.open >= limits_.per_origin && origin.idle.empty();
    }
    bool full() const noexcept { return idle_ == 0 && open_ >= limits_.connections; }
    bool may_take(Origin& origin) noexcept { return !full() && !at_limit(origin) && servable_.empty(); }
    void take(Origin& origin, Lease& lease) noexcept;
    void wait(Acquiring& waiter) noexcept;
    void leave(Acquiring& waiter) noexcept;

    std::unique_ptr<ClientConnection> take_out(ClientConnection& connection) noexcept;
    void close_one(ClientConnection& connection) noexcept;
    ClientConnection* oldest() noexcept;
    void give_back(Origin& origin, std::unique_ptr<ClientConnection> connection) noexcept;
    void drop_place(Origin& origin) noexcept;
    // Connections, places or waiters of an origin have changed: whether and where it stands in `servable_`. An origin
    // that nobody uses is forgotten.
    void changed(Origin& origin) noexcept {
        bool stays = !origin.listed && origin.waiting.empty() && origin.open != 0;
        if (!stays) list_again(origin);
    }
    void list_again(Origin& origin) noexcept;
    void forget(Origin& origin) noexcept;
    // The first come who can be served now is served; one who waits for a busy origin does not hold up the others.
    void serve_waiting() noexcept {
        while (!servable_.empty() && !full()) serve_first();
    }
    void serve_first() noexcept;
    void sweep();
    void schedule_sweep();
    // Who has what `origin` could have, for those who wait.
    std::string holders(const Origin& origin);

    PoolLimits limits_;
    std::unordered_map<std::string, std::unique_ptr<Origin>, Hash, std::equal_to<>> origins_;
    Origin* latest_ = nullptr; // that was asked for: the next request is mostly of the same
    // The origins that a waiter could be served of if there were room in all, by how long their first one has waited.
    std::vector<Origin*> servable_;
    std::uint64_t waited_ = 0;  // how many have ever waited
    IntrusiveList<Lease> lent_; // in the order of their holders' taking over
    ByAge ready_;               // idle connections, the one that has been so longest first
    ByAge undrained_;           // likewise, with the rest of a body to be read before
    std::size_t open_ = 0;      // connections and rights to open one
    std::size_t idle_ = 0;
    bool closed_ = false;
    DelayedCall sweep_;
};

// A place in the pool: a connection, or the right to open one. Destroying it closes the connection; `finish` gives it
// back for others to use. It must not outlive the pool.
class Pool::Lease : public ListNode<> {
public:
    Lease() noexcept = default;
    Lease(Lease&& other) noexcept { take(other); }
    Lease& operator=(Lease&& other) noexcept {
        if (this == &other) return *this;
        discard();
        take(other);
        return *this;
    }
    ~Lease() { discard(); }

    // Null: it is for the holder to open one and `hold` it.
    ClientConnection* connection() const noexcept { return connection_.get(); }
    void hold(std::unique_ptr<ClientConnection> connection) noexcept { connection_ = std::move(connection); }
    void held_by(LeaseHolder& holder) noexcept { holder_ = &holder; }
    // Closes the connection and keeps the place, for another try.
    void replace() noexcept { connection_.reset(); }
    // The connection may bear another request; one that is `undrained` when the rest of the last body has been read.
    void finish() noexcept;
    void discard() noexcept;

private:
    friend class Pool;

    void take(Lease& other) noexcept {
        pool_ = std::exchange(other.pool_, nullptr);
        origin_ = other.origin_;
        holder_ = other.holder_;
        connection_ = std::move(other.connection_);
        if (pool_ == nullptr) return;
        other.unlink();
        pool_->lent_.push_back(*this);
    }

    Pool* pool_ = nullptr;
    Origin* origin_ = nullptr;
    LeaseHolder* holder_ = nullptr;
    std::unique_ptr<ClientConnection> connection_;
};

class Pool::Acquiring : public Suspension, public ListNode<Pool::Acquiring> {
public:
    Acquiring(Pool& pool, std::string_view origin, LeaseHolder& holder, Lease& lease) noexcept
        : Suspension([](Waiter& waiter) noexcept { static_cast<Acquiring&>(waiter).give_up(); }), pool_(pool),
          origin_name_(origin), holder_(holder), lease_(lease) {}

    bool await_ready() {
        origin_ = &pool_.origin(origin_name_);
        if (!pool_.may_take(*origin_)) return false;
        pool_.take(*origin_, lease_);
        lease_.held_by(holder_);
        return true;
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        suspend(handle);
        pool_.wait(*this);
    }
    void await_resume() {
        if (was_cancelled()) [[unlikely]]
            raise();
    }
    static constexpr const char* wait_words = "a connection of a client's pool";
    std::string waits_for() const { return "a connection: " + pool_.holders(*origin_); }

private:
    friend class Pool;
    using Place = ListNode<Pool::Acquiring>;

    void give_up() noexcept;
    [[noreturn]] void raise();

    Pool& pool_;
    std::string_view origin_name_;
    LeaseHolder& holder_;
    Lease& lease_;
    Origin* origin_ = nullptr;
    std::uint64_t number_ = 0; // in the order of waiting
    std::string missing_;      // what it still waited for when it was cancelled
};

inline Pool::Acquiring Pool::acquire(std::string_view origin, LeaseHolder& holder, Lease& lease) noexcept {
    return Acquiring(*this, origin, holder, lease);
}

} // namespace corduroy::http
