#pragma once

#include <corduroy/base/debugger.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <typeinfo>

namespace corduroy {

class TaskPromiseBase;

namespace detail {

class AwaitPoint;

// What is known of all awaits of one type of awaiter. A constant, so that a debugger can read it in a process that is
// stopped, or in its core.
struct AwaitKind {
    const std::type_info* awaiter = nullptr;
    const char* words = nullptr;                           // for all of them alike, if the awaiter has any
    std::string (*waits_for)(const AwaitPoint&) = nullptr; // for this one
    bool (*over)(const AwaitPoint&) noexcept = nullptr;    // whether the wait is over, and the task is ready to run
    std::uint32_t offset = 0;                              // of the awaiter within its AwaitPoint,
    bool refers = false;                                   // or of a reference to it
    bool performs = false;                                 // whether it is an operation of the kernel
};

// Where a coroutine waits for anything but another Task: lies in the coroutine's frame. It costs nothing until the
// coroutine really suspends, and then two stores: here, and in the promise that points here.
class AwaitPoint {
public:
    explicit AwaitPoint(TaskPromiseBase& promise) noexcept : promise_(promise) {}

    // Null where the coroutine has not suspended here.
    const AwaitKind* kind() const noexcept { return kind_; }

protected:
    friend struct DebuggerTable;

    TaskPromiseBase& promise_;
    const AwaitKind* kind_ = nullptr;
};

// Stand for the kind where nothing is waited for: the coroutine gives way, or is about to raise `Cancelled`.
inline constexpr AwaitKind await_yields{};
inline constexpr AwaitKind await_raises{};

// The words for a wait are what the awaiter's `std::string waits_for() const` gives, if it has that, or else its
// `static constexpr const char* wait_words`, which a debugger shows in any case; where it has neither, its type's name.
std::string awaiter_name(const std::type_info& type);

} // namespace detail

} // namespace corduroy
