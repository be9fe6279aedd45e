#include <corduroy/kernel/operation.hpp>

#include <bit>
#include <cstring>

namespace corduroy::kernel {

std::string operation_text(const Description& description) {
    static constexpr const char* names[] = {"nop",  "timer", "poll", "accept",   "connect", "receive", "send",
                                            "read", "write", "open", "shutdown", "close",   "signal"};
    std::string text = names[static_cast<std::size_t>(description.opcode)];
    switch (description.opcode) {
    case Opcode::nop:
    case Opcode::timer:
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

} // namespace corduroy::kernel
