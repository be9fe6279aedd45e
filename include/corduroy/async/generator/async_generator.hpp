#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/generator/async_generator_promise.hpp>
#include <corduroy/async/generator/generator_adaptors.hpp>
#include <corduroy/async/task.hpp>

#include <coroutine>
#include <memory>
#include <type_traits>
#include <utility>

namespace corduroy {

template <class T>
class NextItem;
class GeneratorClose;

// A coroutine that gives many values, one by one, each when it is asked for: it hands them out by `co_yield`, and may
// await anything in between. `while (auto item = co_await numbers.next()) use(*item);`
//
// It is lazy: nothing runs but within the consumer's `co_await next()`, on the consumer's reactor and in the consumer's
// cancel scope of that moment. What it throws comes out of `next()`; after that, as after its end, there are no more
// items. Values are moved to the consumer, so they may be move-only. With an AsyncGenerator<T&> `next` gives a pointer,
// good until the next one; what it points at is the generator's.
//
// Between two items it stands at a co_yield, where nothing of it is under way: it can be dropped then, and its locals
// are destroyed. `close` is the way to leave it where its clean-up must be awaited. Destroying it while somebody waits
// for its next item ends the program. What gives a scope to work, such as `timeout` or `with_task_group`, takes a Task,
// in which there is no co_yield: so no consumer ever runs inside a scope that a generator has opened.
//
// (Python's asynchronous generators, but that the scopes of trio's issue 264 and PEP 789 cannot be got wrong.)
template <class T>
class [[nodiscard("an AsyncGenerator does nothing until it is asked for an item")]] AsyncGenerator
    : public GeneratorAdaptors<AsyncGenerator<T>> {
    static_assert(std::is_lvalue_reference_v<T> || (std::is_object_v<T> && std::is_same_v<T, std::remove_cv_t<T>>),
                  "an AsyncGenerator gives values, or lvalue references");

public:
    using promise_type = AsyncGeneratorPromise<T>;
    using value_type = T;
    // What `next` gives: std::optional<T>, or a pointer where T is a reference; empty at the end.
    using Item = typename promise_type::Item;

    AsyncGenerator(AsyncGenerator&& other) noexcept : promise_(std::exchange(other.promise_, nullptr)) {}
    AsyncGenerator& operator=(AsyncGenerator&& other) noexcept {
        AsyncGenerator old(std::move(*this));
        promise_ = std::exchange(other.promise_, nullptr);
        return *this;
    }
    ~AsyncGenerator() {
        if (promise_ == nullptr) return;
        promise_->check_idle();
        TaskPromiseBase::destroy(*promise_);
    }

    // Await it for the next item, or nothing at the end, and always from then on. Where the consumer's scope is
    // cancelled already it raises `Cancelled` and the generator stays where it is; a cancellation that comes later is
    // raised in the generator, which ends by it, unless it gives an item all the same. Throws an Error where somebody
    // waits for an item already. A loop that finds a thousand items ready in a row lets others go first, and nothing is
    // allocated.
    NextItem<T> next() noexcept { return NextItem<T>(promise_); }

    // Await it to end the generator early, and to have its clean-up awaited: the co_yield at which it stands raises
    // `Cancelled`, as does every await that is not shielded, and the await is over when the generator has ended. It
    // throws what else the generator throws meanwhile. It does so in a cancelled scope too, and never raises
    // `Cancelled` itself. A generator that has not begun, or has ended, has nothing to clean up.
    GeneratorClose close(Failure after = {}) noexcept;

private:
    friend class AsyncGeneratorPromise<T>;
    friend class GeneratorAdaptors<AsyncGenerator>;
    explicit AsyncGenerator(AsyncGeneratorPromise<T>& promise) noexcept : promise_(&promise) {}

    // The generator, or Pipeline, that `f(generator)`, or `f(generator, group)`, makes of this one.
    template <class F>
    auto adapt(F&& f) && {
        return f(std::move(*this));
    }
    template <class F>
    auto adapt_in_group(F&& f) &&;

    AsyncGeneratorPromise<T>* promise_;
};

namespace detail {
template <class T>
Task<typename AsyncGenerator<T>::Item> run_next(NextItem<T> next) {
    co_return co_await std::move(next);
}
} // namespace detail

// What `AsyncGenerator::next` gives: await it, or hand it to a combinator: `timeout(1s, lines.next())`.
template <class T>
class [[nodiscard("co_await it")]] NextItem {
public:
    explicit NextItem(AsyncGeneratorPromise<T>* generator) noexcept : generator_(generator) {}

    AsyncGeneratorPromise<T>* generator() const noexcept { return generator_; }

    Task<typename AsyncGenerator<T>::Item> into_task() && { return detail::run_next(*this); }

private:
    AsyncGeneratorPromise<T>* generator_;
};

template <class T>
class NextItemAwaiter {
public:
    NextItemAwaiter(TaskPromiseBase& parent, AsyncGeneratorPromise<T>* generator)
        : parent_(parent), generator_(generator), raises_(parent.must_raise()), over_(!generator || generator->over()) {
        if (!over_) generator->check_unawaited(parent);
    }

    bool await_ready() const noexcept {
        if (raises_) [[unlikely]]
            return !parent_.raised_before();
        return over_ && --current_step.ready_awaits > 0;
    }

    bool await_suspend(std::coroutine_handle<>) const noexcept {
        if (!raises_ && !over_) [[likely]]
            return generator_->go_on_under(parent_);
        detail::enqueue(parent_);
        return true;
    }

    typename AsyncGenerator<T>::Item await_resume() const {
        if (raises_) [[unlikely]]
            parent_.raise();
        if (!over_) generator_->raise_failure(parent_);
        parent_.await_succeeded();
        return over_ ? typename AsyncGenerator<T>::Item() : generator_->take_item();
    }

private:
    TaskPromiseBase& parent_;
    AsyncGeneratorPromise<T>* generator_;
    bool raises_;
    bool over_;
};

template <class T>
NextItemAwaiter<T> make_awaiter(TaskPromiseBase& promise, NextItem<T>&& next) {
    return {promise, next.generator()};
}

// What `AsyncGenerator::close` gives: await it, or hand it to a combinator.
class [[nodiscard("co_await it")]] GeneratorClose {
public:
    explicit GeneratorClose(detail::AsyncGeneratorPromiseBase* generator, Failure after = {}) noexcept
        : generator_(generator), after_(std::move(after)) {}

    detail::AsyncGeneratorPromiseBase* generator() const noexcept { return generator_; }
    const Failure& after() const noexcept { return after_; }

    Task<> into_task() &&;

private:
    detail::AsyncGeneratorPromiseBase* generator_;
    Failure after_;
};

class GeneratorCloseAwaiter {
public:
    GeneratorCloseAwaiter(TaskPromiseBase& parent, const GeneratorClose& close);

    bool await_ready() const noexcept { return !closes_; }
    bool await_suspend(std::coroutine_handle<>) noexcept;
    void await_resume();

private:
    TaskPromiseBase& parent_;
    detail::AsyncGeneratorPromiseBase* generator_;
    Failure failure_;
    CancelScope scope_;
    bool closes_;
};

inline GeneratorCloseAwaiter make_awaiter(TaskPromiseBase& promise, GeneratorClose&& close) { return {promise, close}; }

template <class T>
GeneratorClose AsyncGenerator<T>::close(Failure after) noexcept {
    return GeneratorClose(promise_, std::move(after));
}

} // namespace corduroy
