// expect: corduroy: a receive buffer was given back that was not out

#include "must_abort/must_abort.hpp"

#include <corduroy/testing/sim_kernel.hpp>

namespace must_abort::buffer_given_back_twice {

MUST_ABORT(buffer_given_back_twice) {
    corduroy::sim::SimKernel kernel;
    kernel.give_back(0);
}

} // namespace must_abort::buffer_given_back_twice
