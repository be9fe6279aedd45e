#pragma once

#include <corduroy/async/combine/awaitable_range.hpp>
#include <corduroy/async/generator/generator_stages.hpp>
#include <corduroy/async/generator/pipeline.hpp>
#include <corduroy/async/generator/side_work.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace corduroy {

namespace detail {

// Runs Tasks side by side and gives their values as they come.
template <class T>
class CompletionWork final : public ItemWork<item_of_t<T>> {
public:
    explicit CompletionWork(std::vector<Task<T>> tasks)
        : ItemWork<item_of_t<T>>(tasks.size()), tasks_(std::move(tasks)) {}

private:
    Task<> work(TaskGroup& workers) override {
        for (Task<T>& task : tasks_) workers.spawn(run(task));
        co_return;
    }
    Task<> close_sources() override { co_return; }

    Task<> run(Task<T>& task) {
        auto item = co_await await_item(std::move(task));
        this->put(this->reserve_place(), std::move(item));
    }

    std::vector<Task<T>> tasks_;
};

} // namespace detail

// Runs all that a range holds side by side, started in order, and gives the values as they come; std::monostate for a
// void Task. Gives a Pipeline: what still runs when the consumer has had enough is cancelled and joined. So is the rest
// at the first failure, which comes behind the values that are there already; where each is to count for itself make a
// Result of it, `as_completed(urls | std::views::transform(try_to_fetch))`, with `attempt` inside. (asyncio's
// as_completed.)
template <AwaitableRange Range>
auto as_completed(Range&& range) {
    auto tasks = detail::collect_tasks(std::forward<Range>(range));
    using T = typename decltype(tasks)::value_type::value_type;
    return Pipeline<detail::item_of_t<T>>([tasks = std::move(tasks)](TaskGroup& group) mutable {
        std::shared_ptr<detail::ItemWork<detail::item_of_t<T>>> work =
            std::make_shared<detail::CompletionWork<T>>(std::move(tasks));
        return detail::hand_out(std::move(work), group);
    });
}

} // namespace corduroy
