#pragma once

#include "http/client_connection.hpp"

#include <corduroy/async/suspension.hpp>
#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/reactor/delayed_call.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace corduroy::http {

struct PoolLimits {
    std::size_t connections;
    std::size_t per_origin; // 0: no bound
    Duration idle_timeout;
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

    // Waits for a place. The lease holds an idle connection to `origin`, or the right to open one.
    Acquiring acquire(std::string_view origin) noexcept;

    // Closes idle connections, and keeps none from here on, or until it is told otherwise.
    void close() noexcept;
    void open_again() noexcept { closed_ = false; }

    std::size_t open() const noexcept { return open_; }
    std::size_t idle() const noexcept { return idle_; }

private:
    struct Origin {
        std::string name;
        std::size_t open = 0;
        std::vector<std::unique_ptr<ClientConnection>> idle; // the latest last
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
    };

    Origin& origin(std::string_view name);
    bool admit(Origin& origin, Lease& lease);
    bool evict_idle() noexcept;
    void give_back(Origin& origin, std::unique_ptr<ClientConnection> connection) noexcept;
    void drop_place(Origin& origin) noexcept;
    void serve_waiting() noexcept;
    void sweep();

    PoolLimits limits_;
    std::unordered_map<std::string, std::unique_ptr<Origin>, Hash, std::equal_to<>> origins_;
    IntrusiveList<Acquiring, Acquiring> waiting_;
    std::size_t open_ = 0; // connections and rights to open one
    std::size_t idle_ = 0;
    bool closed_ = false;
    DelayedCall sweep_;
};

// A place in the pool: a connection, or the right to open one. Destroying it closes the connection; `finish` gives it
// back for others to use. It must not outlive the pool.
class Pool::Lease {
public:
    Lease() noexcept = default;
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), origin_(other.origin_),
          connection_(std::move(other.connection_)) {}
    Lease& operator=(Lease&& other) noexcept {
        std::swap(pool_, other.pool_);
        std::swap(origin_, other.origin_);
        std::swap(connection_, other.connection_);
        return *this;
    }
    ~Lease() { discard(); }

    // Null: it is for the holder to open one and `hold` it.
    ClientConnection* connection() const noexcept { return connection_.get(); }
    void hold(std::unique_ptr<ClientConnection> connection) noexcept { connection_ = std::move(connection); }
    // Closes the connection and keeps the place, for another try.
    void replace() noexcept { connection_.reset(); }
    // The connection may bear another request.
    void finish() noexcept;
    void discard() noexcept;

private:
    friend class Pool;

    Pool* pool_ = nullptr;
    Origin* origin_ = nullptr;
    std::unique_ptr<ClientConnection> connection_;
};

class Pool::Acquiring : public Suspension, public ListNode<Pool::Acquiring> {
public:
    Acquiring(Pool& pool, std::string_view origin) noexcept
        : Suspension([](Waiter& waiter) noexcept { static_cast<Acquiring&>(waiter).give_up(); }), pool_(pool),
          origin_name_(origin) {}

    bool await_ready() {
        origin_ = &pool_.origin(origin_name_);
        return pool_.waiting_.empty() && pool_.admit(*origin_, lease_);
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        suspend(handle);
        pool_.waiting_.push_back(*this);
        pool_.serve_waiting();
    }
    Lease await_resume() {
        raise_if_cancelled();
        return std::move(lease_);
    }

private:
    friend class Pool;
    using Place = ListNode<Pool::Acquiring>;

    void give_up() noexcept {
        if (Place::linked()) Place::unlink();
        cancelled();
    }

    Pool& pool_;
    std::string_view origin_name_;
    Origin* origin_ = nullptr;
    Lease lease_;
};

inline Pool::Acquiring Pool::acquire(std::string_view origin) noexcept { return Acquiring(*this, origin); }

} // namespace corduroy::http
