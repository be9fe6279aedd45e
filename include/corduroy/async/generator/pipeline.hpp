#pragma once

#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/generator/generator_adaptors.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/base/unique_function.hpp>

#include <type_traits>
#include <utility>

namespace corduroy {

// A generator with work at its side, such as `map_concurrent`, `merge` and `buffered` make, that has yet to be given
// the group to work in. Nothing runs until then. A Pipeline is used up where it is run:
//
//     co_await map_concurrent(urls, 10, fetch).for_each(show);     // or collect(), or with(pipeline, body)
//
// opens a group of its own and returns when all its work has ended, however the consumer left it: that is what keeps
// side work from outliving what it refers to. In a group that is there already, `in(group)` makes it a plain generator.
template <class T>
class [[nodiscard("a Pipeline does nothing until it is run")]] Pipeline : public GeneratorAdaptors<Pipeline<T>> {
public:
    using value_type = T;

    // For makers of pipelines: `open(group)` gives the generator, and is called once.
    explicit Pipeline(UniqueFunction<AsyncGenerator<T>(TaskGroup&)> open) noexcept : open_(std::move(open)) {}

    // The generator. Its work starts when it is first asked for an item, as background Tasks of `group`. Closing it
    // waits for the work's end; dropping it cancels the work and leaves the joining to the group, which must outlive
    // it. What the work refers to must live as long as the group.
    AsyncGenerator<T> in(TaskGroup& group) && { return open_(group); }

private:
    friend class GeneratorAdaptors<Pipeline>;

    template <class F>
    auto adapt(F&& f) && {
        using Made = std::invoke_result_t<F&, AsyncGenerator<T>>;
        return Pipeline<typename Made::value_type>(
            [open = std::move(open_), f = std::forward<F>(f)](TaskGroup& group) mutable { return f(open(group)); });
    }
    template <class F>
    auto adapt_in_group(F&& f) && {
        using Made = std::invoke_result_t<F&, AsyncGenerator<T>, TaskGroup&>;
        return Pipeline<typename Made::value_type>([open = std::move(open_), f = std::forward<F>(f)](
                                                       TaskGroup& group) mutable { return f(open(group), group); });
    }

    UniqueFunction<AsyncGenerator<T>(TaskGroup&)> open_;
};

template <class T>
template <class F>
auto AsyncGenerator<T>::adapt_in_group(F&& f) && {
    using Made = std::invoke_result_t<F&, AsyncGenerator<T>, TaskGroup&>;
    return Pipeline<typename Made::value_type>([source = std::move(*this), f = std::forward<F>(f)](
                                                   TaskGroup& group) mutable { return f(std::move(source), group); });
}

} // namespace corduroy
