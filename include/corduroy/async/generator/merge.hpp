#pragma once

#include <corduroy/async/generator/generator_stages.hpp>
#include <corduroy/async/generator/item_source.hpp>
#include <corduroy/async/generator/pipeline.hpp>
#include <corduroy/async/generator/side_work.hpp>

#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace corduroy {

namespace detail {

// Takes the items of several generators as they come. For each source there is room for one item that nobody has taken
// yet, which goes back to it with the taking, for the first to wait for room is the first who had an item: so they take
// turns. `more_room` is there for whoever comes first.
template <class T>
class MergeWork final : public ItemWork<T> {
public:
    MergeWork(std::vector<AsyncGenerator<T>> sources, std::size_t more_room)
        : ItemWork<T>(more_room), sources_(std::move(sources)) {}

private:
    Task<> work(TaskGroup& workers) override {
        for (AsyncGenerator<T>& source : sources_) workers.spawn(take_all(source));
        co_return;
    }
    Task<> close_sources() override {
        Failure failure;
        for (AsyncGenerator<T>& source : sources_) {
            try {
                co_await source.close(std::exchange(failure, Failure()));
            } catch (...) {
                failure = current_step.task->failure();
            }
        }
        if (failure) current_step.task->rethrow(failure);
    }

    Task<> take_all(AsyncGenerator<T>& source) {
        while (true) {
            auto item = co_await source.next();
            if (!item) break;
            this->put(this->reserve_place(), std::move(item));
            co_await this->room();
        }
    }

    std::vector<AsyncGenerator<T>> sources_;
};

template <class T>
AsyncGenerator<T> hand_out_merged(std::vector<AsyncGenerator<T>> sources, std::size_t more_room, TaskGroup& group) {
    std::shared_ptr<ItemWork<T>> work = std::make_shared<MergeWork<T>>(std::move(sources), more_room);
    return hand_out(std::move(work), group);
}

template <class T>
AsyncGenerator<T> open_in(AsyncGenerator<T> generator, TaskGroup&) noexcept {
    return generator;
}
template <class T>
AsyncGenerator<T> open_in(Pipeline<T> pipeline, TaskGroup& group) {
    return std::move(pipeline).in(group);
}

} // namespace detail

// The items of several generators or Pipelines as they come. Each source is asked for one item ahead, at the consumer's
// side, so that a slow one holds nobody up; where all are quick they take turns. The first that fails ends the others,
// behind the items that are there already. Generators that are yet to be merged are given away.
template <class First, class... Rest>
    requires detail::is_generator<First> && (detail::is_generator<Rest> && ...)
auto merge(First first, Rest... rest) {
    using T = typename First::value_type;
    static_assert((std::is_same_v<T, typename Rest::value_type> && ...), "merge takes generators of one type of item");
    return Pipeline<T>([sources = std::make_tuple(std::move(first), std::move(rest)...)](TaskGroup& group) mutable {
        std::vector<AsyncGenerator<T>> opened;
        auto open = [&](auto&... each) { (opened.push_back(detail::open_in(std::move(each), group)), ...); };
        std::apply(open, sources);
        return detail::hand_out_merged(std::move(opened), 0, group);
    });
}

// The same of a vector of them.
template <class Source>
    requires detail::is_generator<Source>
auto merge(std::vector<Source> sources) {
    using T = typename Source::value_type;
    return Pipeline<T>([sources = std::move(sources)](TaskGroup& group) mutable {
        std::vector<AsyncGenerator<T>> opened;
        for (Source& source : sources) opened.push_back(detail::open_in(std::move(source), group));
        return detail::hand_out_merged(std::move(opened), 0, group);
    });
}

template <class Self>
auto GeneratorAdaptors<Self>::buffered(std::size_t items) && {
    detail::check_count(items, "buffered");
    return self().adapt_in_group([items]<class T>(AsyncGenerator<T> source, TaskGroup& group) {
        std::vector<AsyncGenerator<T>> sources;
        sources.push_back(std::move(source));
        return detail::hand_out_merged(std::move(sources), items - 1, group);
    });
}

} // namespace corduroy
