#include <corduroy/base/fatal.hpp>

#include <cstdlib>
#include <sys/uio.h>
#include <unistd.h>

namespace corduroy {

void fatal(std::string_view message) noexcept {
    static constexpr std::string_view prefix = "corduroy: ";
    iovec parts[] = {{const_cast<char*>(prefix.data()), prefix.size()},
                     {const_cast<char*>(message.data()), message.size()},
                     {const_cast<char*>("\n"), 1}};
    [[maybe_unused]] auto written = ::writev(STDERR_FILENO, parts, 3);
    std::abort();
}

} // namespace corduroy
