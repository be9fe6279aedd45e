#pragma once

#include <corduroy/kernel/kernel.hpp>

#include <utility>

namespace corduroy::net {

// A descriptor that is closed unless it is released.
class Descriptor {
public:
    Descriptor(kernel::Kernel& kernel, int fd) noexcept : kernel_(kernel), fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) kernel_.close_now(fd_);
    }

    int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }

    // Switches an option on or off. Those asked for here are refinements, so that a refusal does not matter.
    void set(int level, int name, bool on) const noexcept {
        int value = on ? 1 : 0;
        kernel_.set_option(fd_, level, name, &value, sizeof value);
    }

private:
    kernel::Kernel& kernel_;
    int fd_;
};

} // namespace corduroy::net
