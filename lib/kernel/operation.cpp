#include <corduroy/kernel/operation.hpp>

namespace corduroy::kernel {

std::string operation_text(const Description& description) {
    static constexpr const char* names[] = {"nop",  "timer", "poll",  "accept", "connect",  "receive",
                                            "send", "read",  "write", "open",   "shutdown", "close"};
    std::string text = names[static_cast<std::size_t>(description.opcode)];
    switch (description.opcode) {
    case Opcode::nop:
    case Opcode::timer:
        return text;
    case Opcode::open:
        return text + " of " + static_cast<const char*>(description.data);
    default:
        return text + " on descriptor " + std::to_string(description.fd);
    }
}

} // namespace corduroy::kernel
