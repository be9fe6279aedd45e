#pragma once

#include <corduroy/testing/sim_kernel.hpp>

#include "testing/sim_object.hpp"

#include <functional>
#include <queue>
#include <vector>

namespace corduroy::sim {

// The descriptor table: the lowest free number is the next, as POSIX has it, so that a stale descriptor soon names
// somebody else's object, here as there.
class Descriptors {
public:
    int add(std::shared_ptr<Object> object) {
        ++open_;
        if (free_.empty()) {
            objects_.push_back(std::move(object));
            return SimKernel::first_descriptor + static_cast<int>(objects_.size()) - 1;
        }
        int fd = free_.top();
        free_.pop();
        objects_[index(fd)] = std::move(object);
        return fd;
    }

    // Null where there is no such descriptor.
    std::shared_ptr<Object> find(int fd) const noexcept {
        return fd >= SimKernel::first_descriptor && index(fd) < objects_.size() ? objects_[index(fd)] : nullptr;
    }

    // What the descriptor referred to, which is released with the last reference to it.
    std::shared_ptr<Object> remove(int fd) {
        auto object = find(fd);
        if (!object) return object;
        objects_[index(fd)].reset();
        free_.push(fd);
        --open_;
        return object;
    }

    std::size_t open() const noexcept { return open_; }

    void clear() {
        for (std::size_t i = 0; i < objects_.size(); ++i) remove(SimKernel::first_descriptor + static_cast<int>(i));
    }

private:
    static std::size_t index(int fd) noexcept { return static_cast<std::size_t>(fd - SimKernel::first_descriptor); }

    std::vector<std::shared_ptr<Object>> objects_;
    std::priority_queue<int, std::vector<int>, std::greater<>> free_;
    std::size_t open_ = 0;
};

} // namespace corduroy::sim
