#include <corduroy/testing/fault.hpp>

#include <corduroy/base/error.hpp>

#include <chrono>
#include <cstring>

namespace corduroy::testing {

using kernel::Opcode;

namespace {

bool transfers(Opcode opcode) noexcept {
    return opcode == Opcode::receive || opcode == Opcode::send || opcode == Opcode::read || opcode == Opcode::write;
}

// The next number of a sequence (splitmix64, Steele and others, 2014), from 0 to below 1.
double next_random(std::uint64_t& state) noexcept {
    std::uint64_t word = state += 0x9e3779b97f4a7c15;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
    word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
    word ^= word >> 31;
    return static_cast<double>(word >> 11) * 0x1p-53;
}

std::string milliseconds(Duration time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
}

} // namespace

bool Fault::suits(const kernel::Description& description) const noexcept {
    if (opcode_ && *opcode_ != description.opcode) return false;
    switch (kind_) {
    case Kind::shorten:
        return transfers(description.opcode) && (description.provided_buffer || description.length > most_);
    case Kind::hold:
        return !description.multishot && description.opcode != Opcode::signal;
    case Kind::error:
    case Kind::delay:
        return description.opcode != Opcode::signal; // which takes effect as it is submitted
    case Kind::deaf:
        break;
    }
    return true;
}

std::string Fault::text() const {
    switch (kind_) {
    case Kind::error: {
        const char* name = ::strerrorname_np(error_);
        return "fails with " + (name != nullptr ? std::string(name) : std::to_string(error_));
    }
    case Kind::shorten:
        return "is shortened to " + std::to_string(most_) + (most_ == 1 ? " byte" : " bytes");
    case Kind::delay:
        return "is submitted " + milliseconds(time_) + " late";
    case Kind::hold:
        return "completes " + milliseconds(time_) + " late";
    case Kind::deaf:
        break;
    }
    return "hears of its cancel " + milliseconds(time_) + " late";
}

bool Fault::strikes() noexcept {
    ++seen_;
    if (seen_ < first_ || seen_ - first_ >= count_) return false;
    return !probability_ || next_random(random_) < *probability_;
}

} // namespace corduroy::testing
