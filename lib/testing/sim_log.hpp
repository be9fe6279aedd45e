#pragma once

#include <corduroy/base/time.hpp>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>

namespace corduroy::sim {

// What happened in a simulation, in order: words and numbers, no address in memory. Its hash grows with each event; the
// text is kept only where somebody wants it.
class EventLog {
public:
    EventLog(TimePoint start, bool keep) : start_(start), keep_(keep) {}

    void note(TimePoint now, std::string_view what, std::initializer_list<std::int64_t> numbers = {}) {
        ++events_;
        mix(static_cast<std::uint64_t>((now - start_).count()));
        mix(what);
        for (std::int64_t number : numbers) mix(static_cast<std::uint64_t>(number));
        if (keep_) write(now, what, numbers);
    }

    // A number for these bytes, to be noted.
    static std::uint32_t digest(std::string_view bytes) noexcept {
        EventLog log({}, false);
        log.mix(bytes);
        return static_cast<std::uint32_t>(log.hash_ ^ (log.hash_ >> 32));
    }

    std::uint64_t hash() const noexcept { return hash_; }
    std::uint64_t events() const noexcept { return events_; }
    const std::string& text() const noexcept { return text_; }

private:
    static constexpr std::uint64_t prime = 0x100'0000'01b3; // FNV-1a's

    void mix(std::uint64_t value) noexcept {
        hash_ = (hash_ ^ value) * prime;
        hash_ ^= hash_ >> 29; // a multiplication alone moves bits upward only
    }
    void mix(std::string_view text) noexcept {
        mix(text.size());
        // Every byte that is moved comes by here: eight at a time, by a copy of known size, which is one load.
        std::uint64_t value = 0;
        for (; text.size() >= sizeof value; text.remove_prefix(sizeof value)) {
            std::memcpy(&value, text.data(), sizeof value);
            mix(value);
        }
        if (text.empty()) return;
        value = 0;
        std::memcpy(&value, text.data(), text.size());
        mix(value);
    }
    void write(TimePoint now, std::string_view what, std::initializer_list<std::int64_t> numbers) {
        text_ += std::to_string((now - start_).count());
        text_ += ' ';
        text_ += what;
        for (std::int64_t number : numbers) text_ += ' ' + std::to_string(number);
        text_ += '\n';
    }

    TimePoint start_;
    bool keep_;
    std::uint64_t hash_ = 0xcbf2'9ce4'8422'2325; // FNV-1a's, too
    std::uint64_t events_ = 0;
    std::string text_;
};

} // namespace corduroy::sim
