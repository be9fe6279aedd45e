#pragma once

#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/kernel/operation.hpp>

#include "testing/sim_timeline.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <sys/socket.h>

namespace corduroy::sim {

class Object;

// An operation that the kernel has taken up. It is `parked` on its object (a timer: on the timeline), or `woken`, to be
// tried again when its turn comes, or `completed`, with a completion to be delivered.
struct Pending : ListNode<> {
    enum class Phase : std::uint8_t { parked, woken, completed };

    kernel::Operation* operation = nullptr;
    std::shared_ptr<Object> object; // kept open by the operation, whoever closes the descriptor meanwhile
    std::uint64_t serial = 0;
    std::size_t done = 0;   // bytes that earlier attempts of a MSG_WAITALL operation have moved
    bool begun = false;     // it has been tried before
    bool cancelled = false; // asked to end while it was woken: one more attempt
    Phase phase = Phase::parked;
    kernel::Completion completion;
    std::optional<Timeline::Key> timer;
};

// What is to be looked at in the coming deliveries, woken or completed, in order of arrival.
class ReadyQueue {
public:
    void wake(Pending& pending) {
        pending.phase = Pending::Phase::woken;
        entries.push_back(&pending);
    }

    std::deque<Pending*> entries;
};

// What a descriptor refers to: Linux's open file description. Each call is one attempt that never waits; -EAGAIN means
// that it would, and that `changed` will be called when it is worth another attempt. Destroying it is its release.
class Object {
public:
    explicit Object(ReadyQueue& ready) : ready_(ready) {}
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;
    virtual ~Object() = default;

    // The poll(2) events that hold now.
    virtual std::uint32_t readiness() const noexcept = 0;

    virtual std::int32_t receive(std::span<std::byte>, int) { return -ENOTSOCK; }
    virtual std::int32_t send(std::span<const std::byte>, int) { return -ENOTSOCK; }
    // Whether another receive would get something at once; the end of the stream counts.
    virtual bool more_to_receive() const noexcept { return false; }
    virtual std::int32_t read(std::span<std::byte> bytes, std::uint64_t offset) = 0;
    virtual std::int32_t write(std::span<const std::byte> bytes, std::uint64_t offset) = 0;
    virtual std::int32_t accept(std::shared_ptr<Object>&) { return -ENOTSOCK; }
    // `begun`: this is a later attempt of the same connect.
    virtual std::int32_t connect(const sockaddr*, socklen_t, bool) { return -ENOTSOCK; }
    virtual std::int32_t shutdown(int) { return -ENOTSOCK; }

    virtual int bind(const sockaddr*, socklen_t) { return -ENOTSOCK; }
    virtual int listen(int) { return -ENOTSOCK; }
    virtual int set_option(int, int, const void*, socklen_t) { return -ENOTSOCK; }
    virtual int get_option(int, int, void*, socklen_t&) { return -ENOTSOCK; }
    virtual int local_address(sockaddr*, socklen_t&) const { return -ENOTSOCK; }
    virtual int peer_address(sockaddr*, socklen_t&) const { return -ENOTSOCK; }

    void park(Pending& pending) noexcept {
        pending.phase = Pending::Phase::parked;
        waiters_.push_back(pending);
    }

protected:
    // Something changed that may let an operation go on: all that wait are tried again.
    void changed() {
        waiters_.for_each([this](Pending& pending) {
            pending.unlink();
            ready_.wake(pending);
        });
    }
    ReadyQueue& ready() noexcept { return ready_; }

private:
    ReadyQueue& ready_;
    IntrusiveList<Pending> waiters_;
};

} // namespace corduroy::sim
