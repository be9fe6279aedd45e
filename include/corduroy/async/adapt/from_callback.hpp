#pragma once

#include <corduroy/async/adapt/foreign_wait.hpp>
#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/checkpoint.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/result.hpp>
#include <corduroy/base/unique_function.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace corduroy {

namespace detail {

template <class R, class... Arguments>
using FunctionPointer = R (*)(Arguments...);

// What a callable that is not overloaded returns.
template <class Signature>
struct Returned {};
template <class R, class... Arguments>
struct Returned<R (**)(Arguments...)> {
    using type = R;
};
template <class R, class F, class... Arguments>
struct Returned<R (F::*)(Arguments...)> {
    using type = R;
};
template <class R, class F, class... Arguments>
struct Returned<R (F::*)(Arguments...) const> {
    using type = R;
};
template <class R, class... Arguments>
struct Returned<R (**)(Arguments...) noexcept> : Returned<R (**)(Arguments...)> {};
template <class R, class F, class... Arguments>
struct Returned<R (F::*)(Arguments...) noexcept> : Returned<R (F::*)(Arguments...)> {};
template <class R, class F, class... Arguments>
struct Returned<R (F::*)(Arguments...) const noexcept> : Returned<R (F::*)(Arguments...)> {};
template <class F>
constexpr auto call_operator() {
    if constexpr (requires { &F::operator(); })
        return &F::operator();
    else
        return static_cast<F*>(nullptr);
}
template <class F>
using returned_t = typename Returned<decltype(call_operator<std::decay_t<F>>())>::type;

// For a callback whose coming is all there is to know.
struct IgnoreArguments {
    void operator()() const noexcept {}
};

// What a C library's callback gets as its void*: has the arguments made into a result, and the coroutine go on.
template <class Convert>
class CallbackContext {
public:
    using T = returned_t<Convert>;

    CallbackContext(Convert& convert, ForeignWait& wait) noexcept : convert_(convert), wait_(wait) {}

    // Becomes whatever function pointer the library asks for.
    class Function {
    public:
        template <class R, class... Arguments>
        operator FunctionPointer<R, Arguments...>() const noexcept {
            static_assert((std::size_t{0} + ... + std::size_t{std::is_same_v<Arguments, void*>}) == 1,
                          "from_callback is for callbacks that take one void*, which it uses");
            return &CallbackContext::called<R, Arguments...>;
        }
    };

    // Once the callback has come.
    Result<T> take_result() { return std::move(*result_); }

private:
    template <class R, class... Arguments>
    static R called(Arguments... arguments) noexcept {
        void* context = nullptr;
        auto sort = [&]<class Argument>(Argument& argument) {
            if constexpr (std::is_same_v<Argument, void*>) {
                context = argument;
                return std::tuple<>();
            } else {
                return std::tuple<Argument&>(argument);
            }
        };
        auto others = std::tuple_cat(sort(arguments)...);
        static_cast<CallbackContext*>(context)->take(others);
        return R();
    }

    template <class Arguments>
    void take(Arguments& arguments) noexcept {
        try {
            if constexpr (std::is_same_v<Convert, IgnoreArguments>) {
                result_.emplace();
            } else if constexpr (std::is_void_v<T>) {
                std::apply(convert_, arguments);
                result_.emplace();
            } else {
                result_.emplace(std::apply(convert_, arguments));
            }
        } catch (...) {
            result_.emplace(Failure::current());
        }
        wait_.arrived();
    }

    Convert& convert_;
    ForeignWait& wait_;
    std::optional<Result<T>> result_;
};

template <class Start, class Convert>
Task<returned_t<Convert>> await_callback(Start start, Convert convert, UniqueFunction<void()> canceller) {
    co_await checkpoint_if_cancelled(); // before anything foreign is begun
    ForeignWait wait("the callback of a C library", std::move(canceller));
    CallbackContext<Convert> context(convert, wait);
    Failure refused;
    try {
        start(typename CallbackContext<Convert>::Function(), static_cast<void*>(&context));
    } catch (...) {
        refused = Failure::current();
    }
    if (!refused || wait.has_arrived()) co_await wait;
    if (refused) current_step.task->rethrow(refused);
    co_return wait.outcome(context.take_result());
}

} // namespace detail

// A Task of a C library's function that takes a callback and a void* for it. `start(function, context)` calls that; it
// hands on the two, of which `function` becomes whatever function pointer is asked for. When the library calls back,
// `convert` gets the arguments, but for the void*, and returns the value or throws: there and then, as what they point
// at is gone afterwards, on the library's thread. The Task goes on on its own, in a coming turn. The callback itself
// returns nothing, or an R().
//
//     auto start = [&](auto function, void* context) { lookup_begin(name.c_str(), function, context); };
//     auto convert = [](int status, const char* address) {
//         if (status != 0) throw Error("look-up failed: " + std::string(lookup_error(status)));
//         return std::string(address);
//     };
//     std::string address = co_await from_callback(start, convert);
//
// The callback must come once, and not at all where `start` throws. As it points into the Task, cancelling waits for it
// too: `canceller`, if there is one, is called in a coming turn to have the library hurry up, and what it then reports
// is raised as `Cancelled`, unless it is a value.
template <class Start, class Convert = detail::IgnoreArguments>
auto from_callback(Start&& start, Convert&& convert = {}, UniqueFunction<void()> canceller = {}) {
    static_assert(
        requires { typename detail::returned_t<Convert>; },
        "convert must not be overloaded or generic: the Task's type is what it returns");
    detail::guard_callable<Start>();
    detail::guard_callable<Convert>();
    return detail::await_callback<std::decay_t<Start>, std::decay_t<Convert>>(
        std::forward<Start>(start), std::forward<Convert>(convert), std::move(canceller));
}

} // namespace corduroy
