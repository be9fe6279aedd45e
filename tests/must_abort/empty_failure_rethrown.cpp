// expect: an empty Failure was asked to throw
// There is nothing to throw.

#include <corduroy/base/failure.hpp>

using namespace corduroy;

int main() { Failure().rethrow(); }
