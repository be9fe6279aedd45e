// expect: corduroy: a receive buffer was given back that was not out
#include <corduroy/testing/sim_kernel.hpp>

int main() {
    corduroy::sim::SimKernel kernel;
    kernel.give_back(0);
}
