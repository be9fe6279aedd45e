#pragma once

#include <corduroy/reactor/step.hpp>

#include <cstdint>
#include <utility>

namespace corduroy {

// How much of the stack coroutines may take that start, or destroy, one another by nested calls: so much below the
// place where this was made, for as long as it lives. Where it is used up, and where none was made, they go the way
// round that takes no stack. Measuring by the stack's own position costs a comparison, where a count would have to be
// kept.
class NestingRoom {
public:
    static constexpr std::uintptr_t bytes = 16 * 1024;

    NestingRoom() noexcept : previous_(std::exchange(current_step.stack_limit, position() - bytes)) {}
    NestingRoom(const NestingRoom&) = delete;
    NestingRoom& operator=(const NestingRoom&) = delete;
    ~NestingRoom() { current_step.stack_limit = previous_; }

    [[gnu::always_inline]] static bool used_up() noexcept { return position() < current_step.stack_limit; }

private:
    [[gnu::always_inline]] static std::uintptr_t position() noexcept {
        return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    }

    std::uintptr_t previous_;
};

} // namespace corduroy
