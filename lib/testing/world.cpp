#include <corduroy/testing/world.hpp>

#include <corduroy/base/lower_case.hpp>

#include "testing/host_programs.hpp"
#include "testing/sim_network.hpp"

namespace corduroy::sim {

World::World(Reactor& reactor, SimKernel& kernel)
    : reactor_(reactor), kernel_(kernel), programs_(std::make_unique<HostPrograms>()) {}

World::~World() = default;

Host& World::host(std::string_view name) {
    HostRecord& record = kernel_.network().host(lower_case(name));
    std::unique_ptr<Host>& host = hosts_[record.number];
    if (!host) host = std::make_unique<Host>(*this, record);
    return *host;
}

} // namespace corduroy::sim
