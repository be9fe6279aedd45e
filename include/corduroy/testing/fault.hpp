#pragma once

#include <corduroy/base/time.hpp>
#include <corduroy/kernel/operation.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace corduroy::testing {

// Something that goes wrong with an operation, and with which one, for a FaultyKernel:
//
//     Fault::error(ECONNRESET).on(Opcode::receive).nth(3)          the third receive fails
//     Fault::shorten(1).on(Opcode::send).always()                  every send takes one byte
//     Fault::delay(20ms).with_probability(0.01, seed)              one operation in a hundred is late
//
// Without `on` all opcodes are meant that the fault can befall; without `nth`, `always` or a probability the first one.
class Fault {
public:
    enum class Kind : std::uint8_t { error, shorten, delay, hold, deaf };

    // The operation is never submitted, and completes with -`number`, an errno.
    static Fault error(int number) noexcept { return {Kind::error, number, 0, {}}; }
    // A transfer moves `most` bytes and no more, MSG_WAITALL or not.
    static Fault shorten(std::size_t most) noexcept { return {Kind::shorten, 0, most, {}}; }
    // The operation is submitted so much later.
    static Fault delay(Duration time) noexcept { return {Kind::delay, 0, 0, time}; }
    // The operation's completion comes so much later, and so behind others that come meanwhile; a cancel that is asked
    // by then has lost the race. Not for multishot operations.
    static Fault hold(Duration time) noexcept { return {Kind::hold, 0, 0, time}; }
    // A cancel of the operation is heard so much later: it may succeed meanwhile.
    static Fault deaf(Duration time) noexcept { return {Kind::deaf, 0, 0, time}; }

    // Befalls operations of this kind alone.
    Fault& on(kernel::Opcode opcode) noexcept {
        opcode_ = opcode;
        return *this;
    }
    // Befalls the n-th of them, from 1, and those behind it, `count` in all.
    Fault& nth(std::uint64_t n, std::uint64_t count = 1) noexcept {
        first_ = n;
        count_ = count;
        return *this;
    }
    // Befalls all of them.
    Fault& always() noexcept { return nth(1, ~std::uint64_t{0}); }
    // Befalls each with this probability, by the numbers that follow from the seed.
    Fault& with_probability(double probability, std::uint64_t seed) noexcept {
        probability_ = probability;
        random_ = seed;
        return always();
    }

    Kind kind() const noexcept { return kind_; }
    int error_number() const noexcept { return error_; }
    std::size_t most() const noexcept { return most_; }
    Duration time() const noexcept { return time_; }

    // Whether it is one that can befall such an operation.
    bool suits(const kernel::Description& description) const noexcept;
    // "fails with ECONNRESET", "is shortened to 1 byte".
    std::string text() const;

private:
    friend class FaultyKernel;

    Fault(Kind kind, int error, std::size_t most, Duration time) noexcept
        : kind_(kind), error_(error), most_(most), time_(time) {}

    // Counts an operation that it suits; true where it befalls that one.
    bool strikes() noexcept;

    Kind kind_;
    int error_;
    std::size_t most_;
    Duration time_;
    std::optional<kernel::Opcode> opcode_;
    std::uint64_t first_ = 1;
    std::uint64_t count_ = 1;
    std::uint64_t seen_ = 0;
    std::optional<double> probability_;
    std::uint64_t random_ = 0;
};

} // namespace corduroy::testing
