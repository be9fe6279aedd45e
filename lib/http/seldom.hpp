#pragma once

#include <utility>

namespace corduroy::http {

// A part of something that is seldom there. Until it is made to be written it is no more than a pointer to a Part in
// which nothing has been set, which all have in common. One takes its memory from the frame pool.
template <class Part>
class Seldom {
public:
    Seldom() noexcept : here_(&nothing()) {}
    Seldom(const Seldom& other) : here_(other ? new Part(*other.here_) : &nothing()) {}
    Seldom(Seldom&& other) noexcept : here_(std::exchange(other.here_, &nothing())) {}
    Seldom& operator=(Seldom other) noexcept {
        std::swap(here_, other.here_);
        return *this;
    }
    ~Seldom() {
        if (*this) [[unlikely]]
            delete own();
    }

    // Whether it has been made.
    explicit operator bool() const noexcept { return here_ != &nothing(); }
    const Part* operator->() const noexcept { return here_; }
    Part& make() {
        if (!*this) here_ = new Part;
        return *own();
    }
    // What has been made, to be changed; null where nothing has.
    Part* own() noexcept { return *this ? const_cast<Part*>(here_) : nullptr; }

private:
    static const Part& nothing() noexcept {
        static const Part none;
        return none;
    }

    const Part* here_;
};

} // namespace corduroy::http
