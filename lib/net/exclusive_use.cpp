#include <corduroy/net/exclusive_use.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/base/names.hpp>

namespace corduroy::net {

void ExclusiveUse::refuse(const std::string& what, const std::source_location& site) const {
    throw Error("a second " + what + " at " + site_text(site) + ", while the one at " + site_text(site_) +
                " is under way");
}

} // namespace corduroy::net
