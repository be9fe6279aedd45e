#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/generator/generator_stages.hpp>
#include <corduroy/async/generator/pipeline.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/with.hpp>

#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

namespace corduroy {

namespace detail {

template <class T, class Body>
using generator_body_value_t = task_value_t<std::invoke_result_t<Body&, AsyncGenerator<T>&>>;

template <class T, class Body>
Task<generator_body_value_t<T, Body>> run_pipeline(Pipeline<T> pipeline, Body body) {
    auto run = [&](TaskGroup& group) { return with(std::move(pipeline).in(group), std::ref(body)).into_task(); };
    co_return co_await with_task_group(run);
}

// Awaits all items of a generator, or Pipeline, and calls `f` with each.
template <class Source, class F>
Task<> run_for_each(Source source, F f) {
    using T = typename Source::value_type;
    auto body = [&](AsyncGenerator<T>& items) -> Task<> {
        while (auto item = co_await items.next()) {
            if constexpr (gives_task<F, T&&>) {
                auto task = to_task(std::invoke(f, pass_on(item)));
                co_await std::move(task);
            } else {
                std::invoke(f, pass_on(item));
            }
        }
    };
    co_await with(std::move(source), body);
}

template <class Source>
Task<std::vector<std::remove_cvref_t<typename Source::value_type>>> run_collect(Source source) {
    std::vector<std::remove_cvref_t<typename Source::value_type>> items;
    auto keep = [&](auto&& item) { items.push_back(std::forward<decltype(item)>(item)); };
    co_await run_for_each(std::move(source), keep);
    co_return items;
}

} // namespace detail

// `with` for a Pipeline: runs it in a group of its own and calls `body(generator)`, which gives a Task, and gives its
// value. However the body ends, the generator is closed then and the work at its side joined, also where all is
// cancelled. The body is kept alive meanwhile.
//
//     auto find = [&](AsyncGenerator<Page>& pages) -> Task<std::optional<Page>> { … };
//     auto page = co_await with(map_concurrent(urls, 10, fetch), find);
template <class T, class Body>
auto with(Pipeline<T>&& pipeline, Body&& body) {
    detail::guard_callable<Body>();
    return detail::run_pipeline<T, std::decay_t<Body>>(std::move(pipeline), std::forward<Body>(body));
}

template <class Self>
template <class F>
auto GeneratorAdaptors<Self>::for_each(F&& f) && {
    detail::guard_callable<F>();
    return detail::run_for_each<Self, std::decay_t<F>>(self(), std::forward<F>(f));
}

template <class Self>
auto GeneratorAdaptors<Self>::collect() && {
    return detail::run_collect<Self>(self());
}

} // namespace corduroy
