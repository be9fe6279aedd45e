#pragma once

#include <corduroy/async/task_promise.hpp>

#include <concepts>
#include <coroutine>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace corduroy {

template <class T>
class AsyncGenerator;

namespace detail {

template <class T>
struct GeneratorItem {
    using type = std::optional<T>;
};
template <class T>
struct GeneratorItem<T&> {
    using type = T*;
};

// In place of a value: the consumer's await ends by this failure, and the generator lives on. For generators whose work
// is done at their side, so that a cancelled wait for it loses nothing.
struct Interruption {
    explicit Interruption(Failure failure) noexcept : failure(std::move(failure)) {}
    Failure failure;
};

// What the promises of all generators have in common. Between two items a generator counts as not started, so that it
// can be started under whoever asks for the next one, and destroyed.
class AsyncGeneratorPromiseBase : public TaskPromiseBase {
public:
    using TaskPromiseBase::TaskPromiseBase;

    // The awaiter of co_yield. Where the generator is being closed it raises `Cancelled`, as an await in a cancelled
    // scope does, and is no less sticky.
    class Yielding {
    public:
        Yielding(AsyncGeneratorPromiseBase& promise, const std::source_location& site) noexcept
            : promise_(promise), site_(site) {}

        bool await_ready() const noexcept { return promise_.closing_ && !promise_.raised_before(); }
        void await_suspend(std::coroutine_handle<>) const noexcept {
            if (promise_.closing_) [[unlikely]]
                return enqueue(promise_);
            promise_.begun_ = true;
            promise_.pause(site_);
        }
        void await_resume() const {
            if (promise_.closing_) [[unlikely]]
                promise_.raise();
            promise_.await_succeeded();
        }

    private:
        AsyncGeneratorPromiseBase& promise_;
        std::source_location site_;
    };

    Yielding yield_value(Interruption interruption, std::source_location site = std::source_location::current()) {
        interruption_ = std::move(interruption.failure);
        return {*this, site};
    }
    void return_void() const noexcept {}

    // Runs on to the next co_yield, or the end, in the scope of who awaits it. False where it has come there already.
    bool go_on_under(TaskPromiseBase& parent) noexcept { return start_under(parent, parent.scope()); }
    // Has co_yield raise `Cancelled`, and every await, for the scope is cancelled; `parent` goes on at the end.
    bool close_under(TaskPromiseBase& parent, CancelScope& scope) noexcept {
        closing_ = true;
        return start_under(parent, scope);
    }
    // Stops here for good, before its first item.
    void close_unstarted() noexcept { closing_ = true; }

    // Whether there will be no item any more.
    bool over() const noexcept { return ended() || (closing_ && !running()); }
    // Whether it stands at a co_yield.
    bool paused() const noexcept { return begun_ && !running() && !ended(); }

    // Throws, in the consumer, what came instead of a value.
    void raise_failure(TaskPromiseBase& parent) {
        if (interruption_) [[unlikely]]
            parent.rethrow(std::exchange(interruption_, Failure()));
        if (ended() && failure()) [[unlikely]]
            parent.rethrow(failure());
    }

    // Throws where it runs already, for somebody else.
    void check_unawaited(const TaskPromiseBase& parent) const {
        if (running()) [[unlikely]]
            refuse_second_await(parent);
    }
    // Ends the program where it runs.
    void check_idle() const noexcept {
        if (running()) [[unlikely]]
            destroyed_while_running();
    }

private:
    [[noreturn]] void refuse_second_await(const TaskPromiseBase& parent) const;
    [[noreturn]] void destroyed_while_running() const noexcept;

    Failure interruption_;
    bool begun_ = false;
    bool closing_ = false;
};

} // namespace detail

// The promise of an AsyncGenerator<T>: it holds the item between the co_yield and the consumer's await.
template <class T>
class AsyncGeneratorPromise final : public detail::AsyncGeneratorPromiseBase {
public:
    using Item = typename detail::GeneratorItem<T>::type;
    static_assert(alignof(Item) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__, "a generator's items may not be over-aligned");

    AsyncGenerator<T> get_return_object() noexcept { return AsyncGenerator<T>(*this); }

    using AsyncGeneratorPromiseBase::yield_value;

    template <class U = T>
        requires(!std::is_reference_v<T> && std::convertible_to<U &&, T>)
    Yielding yield_value(U&& value, std::source_location site = std::source_location::current()) {
        item_.emplace(std::forward<U>(value));
        return {*this, site};
    }
    Yielding yield_value(T value, std::source_location site = std::source_location::current())
        requires std::is_reference_v<T>
    {
        item_ = std::addressof(value);
        return {*this, site};
    }

    // What was yielded last, or nothing at the end.
    Item take_item() {
        Item item = std::move(item_);
        if constexpr (std::is_reference_v<T>)
            item_ = nullptr;
        else
            item_.reset();
        return item;
    }

private:
    Item item_{};
};

} // namespace corduroy
