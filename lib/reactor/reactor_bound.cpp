#include <corduroy/reactor/reactor_bound.hpp>

#include <corduroy/reactor/reactor.hpp>

namespace corduroy {

ReactorBound::ReactorBound(Reactor& reactor) noexcept { reactor.bind(*this); }

} // namespace corduroy
