#include <corduroy/base/error.hpp>

#include <cmath>

namespace corduroy {

std::string errno_message(int errno_value) { return std::generic_category().message(errno_value); }

std::string duration_text(std::chrono::nanoseconds duration) {
    struct Unit {
        long long nanoseconds;
        const char* name;
    };
    static constexpr Unit units[] = {{1'000'000'000, " s"}, {1'000'000, " ms"}, {1'000, " us"}, {1, " ns"}};
    long long count = duration.count();
    for (const Unit& unit : units) {
        long long whole = count / unit.nanoseconds;
        if (whole == 0) continue;
        std::string text = std::to_string(whole);
        long long tenths = std::llabs(count % unit.nanoseconds) * 10 / unit.nanoseconds;
        if (tenths != 0) text += "." + std::to_string(tenths);
        return text + unit.name;
    }
    return "0 s";
}

IoError::IoError(std::string_view tried, int errno_value)
    : Error(std::string(tried) + " failed: " + errno_message(errno_value)),
      code_(errno_value, std::generic_category()) {}

TimeoutError::TimeoutError(std::string_view phase, std::chrono::nanoseconds bound)
    : Error((phase.empty() ? std::string("the operation") : std::string(phase)) + " timed out after " +
            duration_text(bound)),
      phase_(phase), bound_(bound) {}

} // namespace corduroy
