#include <corduroy/kernel/operation.hpp>

#include <bit>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace corduroy::kernel {

const char* opcode_name(Opcode opcode) noexcept {
    static constexpr const char* names[] = {"nop",  "timer", "poll",  "accept", "socket",   "connect", "receive",
                                            "send", "read",  "write", "open",   "shutdown", "close",   "signal"};
    return names[static_cast<std::size_t>(opcode)];
}

std::string operation_text(const Description& description) {
    std::string text = opcode_name(description.opcode);
    switch (description.opcode) {
    case Opcode::nop:
    case Opcode::timer:
    case Opcode::socket:
        return text;
    case Opcode::open:
        return text + " of " + static_cast<const char*>(description.data);
    case Opcode::signal:
        for (std::uint64_t rest = description.offset; rest != 0; rest &= rest - 1) {
            int number = std::countr_zero(rest) + 1;
            const char* name = ::sigabbrev_np(number);
            text += (rest == description.offset ? " " : ", ") + std::to_string(number);
            if (name != nullptr) text += std::string(" (SIG") + name + ")";
        }
        return text;
    default:
        return text + " on descriptor " + std::to_string(description.fd);
    }
}

bool submit_again(Description& description, std::int32_t result) noexcept {
    if (result == -EINTR) return description.opcode != Opcode::close; // which has closed, for all that
    bool waits = (description.opcode == Opcode::receive || description.opcode == Opcode::send) &&
                 (description.flags & MSG_DONTWAIT) == 0;
    if (result != -EAGAIN || !waits) return false;
    description.wait_first = true;
    return true;
}

} // namespace corduroy::kernel
