#pragma once

#include <cstddef>

namespace corduroy {

// The adaptors that an AsyncGenerator and a Pipeline have alike. Each takes the source over, so it is called on an
// rvalue, and what it gives is lazy like the source:
//
//     co_await names_in(store).filter(is_short).map(load).take(10).collect()
//
// An adaptor that ends early, by a failure or because it is closed, closes its source, whose clean-up is awaited.
// Callables may be member pointers; one that gives a Task, or anything else that turns into one, is awaited. They are
// kept as long as the adaptor. What they throw comes out of `next()` and ends the adaptor. Their definitions come with
// <corduroy/async/generator/generators.hpp>.
template <class Self>
class GeneratorAdaptors {
public:
    // Gives f(item) for each item, which is passed as an rvalue where it is a value, not a reference.
    template <class F>
    auto map(F&& f) &&;

    // Leaves out the items for which f(item) is false.
    template <class F>
    auto filter(F&& f) &&;

    // Gives the first `count` items, and asks its source for no more.
    auto take(std::size_t count) &&;

    // Gives the items up to the first for which f(item) is false, which is dropped.
    template <class F>
    auto take_while(F&& f) &&;

    // Gives the items by `size` together, in a std::vector; the last one may be smaller, also where a failure follows.
    // Throws an Error for a size of 0.
    auto chunks(std::size_t size) &&;

    // Makes items ahead of the consumer, at its side, `items` at most. Gives a Pipeline. A time-out around `next()`
    // then ends the wait alone: the item is not lost, and the generator goes on. Throws an Error for 0 items.
    auto buffered(std::size_t items = 16) &&;

    // Calls f(item), which gives a Task, for up to `limit` items at a time and gives the results as they come; see the
    // function of the same name. The second keeps them in the order of their items.
    template <class F>
    auto map_concurrent(std::size_t limit, F&& f) &&;
    template <class F>
    auto map_concurrent_ordered(std::size_t limit, F&& f) &&;

    // Calls f(item) for each item; await it. However it ends, the source is closed and its work joined.
    template <class F>
    auto for_each(F&& f) &&;

    // All items, in a std::vector; await it.
    auto collect() &&;

private:
    friend Self;
    GeneratorAdaptors() = default;

    Self&& self() noexcept { return static_cast<Self&&>(*this); }
};

} // namespace corduroy
