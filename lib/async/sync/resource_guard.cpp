#include <corduroy/async/sync/resource_guard.hpp>

#include <corduroy/async/sync/sync_error.hpp>
#include <corduroy/base/fatal.hpp>
#include <corduroy/base/names.hpp>

namespace corduroy {

void ResourceGuard::refuse(const std::string& what, const std::source_location& site) const {
    throw BusyResourceError("a second " + what + " at " + site_text(site) + ", while the one at " + site_text(site_) +
                            " is under way");
}

void ResourceGuard::destroyed_while_busy() const noexcept {
    fatal("a ResourceGuard was destroyed during the use that began at " + site_text(site_));
}

} // namespace corduroy
