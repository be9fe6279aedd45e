#include "testing/allocation_gate.hpp"

namespace corduroy::testing::detail {

constinit thread_local AllocationGate allocation_gate;
constinit bool allocations_are_watched = false;

} // namespace corduroy::testing::detail
