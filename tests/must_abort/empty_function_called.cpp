// expect: an empty UniqueFunction was called
// It may be moved from, as here.

#include <corduroy/base/unique_function.hpp>

using namespace corduroy;

int main() {
    UniqueFunction<void()> function = [] {};
    UniqueFunction<void()> moved = std::move(function);
    function();
}
