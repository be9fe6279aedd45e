#pragma once

#include <tuple>
#include <utility>

namespace corduroy {

// What an operation of a primitive gives, `lock.acquire()`: await it, or hand it to `timeout`, `gather` and the like.
// Nothing has happened until then; the awaiter `Wait` is made of the arguments as it is awaited. What the operation is
// for must outlive it.
template <class Wait, class... Arguments>
class [[nodiscard("co_await it")]] WaitBuilder {
public:
    WaitBuilder(Arguments... arguments) : arguments_(std::move(arguments)...) {}

    Wait operator co_await() && { return std::make_from_tuple<Wait>(std::move(arguments_)); }

private:
    std::tuple<Arguments...> arguments_;
};

} // namespace corduroy
