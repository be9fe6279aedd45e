#pragma once

#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/kernel/operation.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace corduroy::kernel {

// A receive of the ring's that stands (multishot): submitted once, it completes with each part that comes, for all the
// receives of one socket. What comes while nobody waits is kept, in order: in the provided buffers that it came in, or
// aside.
struct StandingReceive : ListNode<> {
    // Set in the user_data of its entries, beside its address.
    static constexpr std::uintptr_t mark = 1;

    bool has_aside() const noexcept { return !aside.empty(); }
    bool has_parts() const noexcept { return count != 0; }
    bool has_bytes() const noexcept { return has_aside() || has_parts(); }

    bool armed = false;                // its last completion is yet to come
    bool stopping = false;             // that has been asked for, or is to be
    bool abandoned = false;            // the socket is closed: it goes with its last completion
    std::uint16_t first = 0, last = 0; // the parts, by their buffers
    std::uint16_t count = 0;           // of them
    Operation* waiting = nullptr;
    std::optional<std::int32_t> end; // what its last completion said, where nobody has been told
    std::string aside;               // what has come before the parts, from `aside_from` on
    std::size_t aside_from = 0;
};

// The sockets for which a receive stands, by descriptor; and the parts that have come, by the buffers they lie in.
class StandingReceives {
public:
    explicit StandingReceives(std::size_t buffers) : parts_(buffers) {}

    StandingReceive* find(int fd) const noexcept {
        auto index = static_cast<std::size_t>(fd);
        return index < by_descriptor_.size() ? by_descriptor_[index].get() : nullptr;
    }
    // Null where there is no memory for one.
    StandingReceive* make(int fd) noexcept;
    // Gives it away, where there is one.
    std::unique_ptr<StandingReceive> take(int fd) noexcept {
        return find(fd) != nullptr ? std::move(by_descriptor_[static_cast<std::size_t>(fd)]) : nullptr;
    }

    struct Part {
        std::uint32_t from = 0;
        std::uint32_t size = 0;
        std::uint16_t next = 0;
    };
    Part& first(const StandingReceive& standing) noexcept { return parts_[standing.first]; }
    void add(StandingReceive& standing, std::uint16_t buffer, std::uint32_t size) noexcept;
    // The first part is no longer one; gives its buffer.
    std::uint16_t remove_first(StandingReceive& standing) noexcept;

private:
    std::vector<std::unique_ptr<StandingReceive>> by_descriptor_;
    std::vector<Part> parts_;
};

} // namespace corduroy::kernel
