#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/generator/generator_stages.hpp>
#include <corduroy/async/generator/item_source.hpp>
#include <corduroy/async/generator/pipeline.hpp>
#include <corduroy/async/generator/side_work.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace corduroy {

namespace detail {

enum class ItemOrder { as_they_come, of_the_source };

// Calls a function for the items of a source, for so many at a time.
template <class T, class F, class U>
class MapWork final : public ItemWork<U> {
public:
    MapWork(AsyncGenerator<T> source, std::size_t limit, F f, ItemOrder order)
        : ItemWork<U>(limit), source_(std::move(source)), f_(std::move(f)), order_(order) {}

private:
    using SourceItem = typename AsyncGenerator<T>::Item;

    Task<> work(TaskGroup& workers) override {
        while (true) {
            co_await this->room();
            auto item = co_await source_.next();
            if (!item) break;
            workers.spawn(call(std::move(item), order_ == ItemOrder::of_the_source ? this->reserve_place() : 0));
        }
    }
    Task<> close_sources() override { co_await source_.close(); }

    Task<> call(SourceItem item, std::size_t place) {
        auto task = to_task(std::invoke(f_, pass_on(item)));
        auto value = co_await await_item(std::move(task));
        if (order_ == ItemOrder::as_they_come) place = this->reserve_place();
        this->put(place, std::move(value));
    }

    AsyncGenerator<T> source_;
    F f_;
    ItemOrder order_;
};

// What `adapt_in_group` is given.
template <ItemOrder order, class F>
auto mapping_concurrently(std::size_t limit, F f) {
    check_count(limit, "map_concurrent");
    return [limit, f = std::move(f)]<class T>(AsyncGenerator<T> source, TaskGroup& group) mutable {
        static_assert(gives_task<F, T&&>, "map_concurrent needs a function that gives a Task");
        using U = item_of_t<call_value_t<F, T&&>>;
        std::shared_ptr<ItemWork<U>> work =
            std::make_shared<MapWork<T, F, U>>(std::move(source), limit, std::move(f), order);
        return hand_out(std::move(work), group);
    };
}

} // namespace detail

template <class Self>
template <class F>
auto GeneratorAdaptors<Self>::map_concurrent(std::size_t limit, F&& f) && {
    detail::guard_callable<F>();
    return self().adapt_in_group(
        detail::mapping_concurrently<detail::ItemOrder::as_they_come, std::decay_t<F>>(limit, std::forward<F>(f)));
}

template <class Self>
template <class F>
auto GeneratorAdaptors<Self>::map_concurrent_ordered(std::size_t limit, F&& f) && {
    detail::guard_callable<F>();
    return self().adapt_in_group(
        detail::mapping_concurrently<detail::ItemOrder::of_the_source, std::decay_t<F>>(limit, std::forward<F>(f)));
}

// Calls f(item), which gives a Task, for the items of a generator, a Pipeline or a range, for up to `limit` at a time,
// and gives the results as they come; std::monostate for a void Task. Results that nobody has taken yet count among
// those `limit`, so that a slow consumer holds the work back. The calls begin in order. At the first failure the rest
// is cancelled and joined; it comes behind the results that are there already. The source is asked from the group where
// the work is done, for one item at a time. Throws an Error for a limit of 0.
//
// A range that is an lvalue must outlive the Pipeline, and f is passed references to its elements. What f refers to
// must outlive the group in which the Pipeline is run. (trio's amap of old, aiostream's map, Rust's buffer_unordered;
// Twisted does it with N times coiterate over one iterator.)
template <detail::ItemSource Source, class F>
auto map_concurrent(Source&& source, std::size_t limit, F&& f) {
    detail::guard_callable<F>();
    return detail::to_item_source(std::forward<Source>(source)).map_concurrent(limit, std::forward<F>(f));
}

// The same with the results in the order of their items: one that is ready waits for those before it.
template <detail::ItemSource Source, class F>
auto map_concurrent_ordered(Source&& source, std::size_t limit, F&& f) {
    detail::guard_callable<F>();
    return detail::to_item_source(std::forward<Source>(source)).map_concurrent_ordered(limit, std::forward<F>(f));
}

} // namespace corduroy
