#include <corduroy/http/trace.hpp>

namespace corduroy::http {

std::string_view to_string(TraceStep step) noexcept {
    constexpr std::string_view names[] = {"queued",     "name",  "connect",  "tls",  "sent",
                                          "first_byte", "chunk", "redirect", "done", "failed"};
    return names[static_cast<unsigned>(step)];
}

} // namespace corduroy::http
