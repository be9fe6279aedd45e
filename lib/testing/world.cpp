#include <corduroy/testing/world.hpp>

#include "testing/host_programs.hpp"
#include "testing/sim_network.hpp"

namespace corduroy::sim {

World::World(Reactor& reactor, SimKernel& kernel)
    : reactor_(reactor), kernel_(kernel), programs_(std::make_unique<HostPrograms>()) {}

World::~World() = default;

Host& World::host(std::string_view name) {
    std::string lower(name);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    HostRecord& record = kernel_.network().host(lower);
    std::unique_ptr<Host>& host = hosts_[record.number];
    if (!host) host = std::make_unique<Host>(*this, record);
    return *host;
}

} // namespace corduroy::sim
