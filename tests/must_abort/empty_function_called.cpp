// expect: an empty UniqueFunction was called
// It may be moved from, as here.

#include "must_abort/must_abort.hpp"

#include <corduroy/base/unique_function.hpp>

namespace must_abort::empty_function_called {

using namespace corduroy;

MUST_ABORT(empty_function_called) {
    UniqueFunction<void()> function = [] {};
    UniqueFunction<void()> moved = std::move(function);
    function();
}

} // namespace must_abort::empty_function_called
