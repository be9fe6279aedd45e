#pragma once

#include <corduroy/base/time.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace corduroy::kernel {

// What a kernel that answers for names says of one.
struct NameAnswer {
    std::vector<sockaddr_storage> addresses; // best first, of port 0
    std::string failure;                     // why there are none: "no such host"
    std::optional<Duration> time;            // how long it takes; none: it never comes
};

// Names, where the kernel answers for them itself and the machine is not to be asked.
class NameSource {
public:
    virtual ~NameSource() = default;
    // `host` is in lower case.
    virtual NameAnswer look_up(std::string_view host) = 0;
};

} // namespace corduroy::kernel
