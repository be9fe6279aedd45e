#pragma once

#include <corduroy/async/sync/holding.hpp>

#include <concepts>
#include <source_location>
#include <string>
#include <string_view>

namespace corduroy {

// Stands at something that one task at a time may use, say one direction of a stream: a second one meanwhile is an
// error, not a corruption (anyio's ResourceGuard).
//
//     auto use = reading.enter("read from the socket");
//
// It never waits; where waiting is wanted, take a Lock. Destroying it while a use lasts ends the program.
class ResourceGuard {
public:
    using Use = Holding<ResourceGuard>;

    ResourceGuard() = default;
    ResourceGuard(const ResourceGuard&) = delete;
    ResourceGuard& operator=(const ResourceGuard&) = delete;
    ~ResourceGuard() {
        if (busy_) [[unlikely]]
            destroyed_while_busy();
    }

    // Begins a use, which lasts as long as what it gives. Where one lasts already it throws a BusyResourceError: "a
    // second read from the socket at a.cpp:10, while the one at b.cpp:20 is under way". `what` says what the use is, as
    // a text or by a callable that makes one, called on conflict alone.
    Use enter(std::string_view what, std::source_location site = std::source_location::current()) {
        return enter([what] { return std::string(what); }, site);
    }
    template <std::invocable What>
    Use enter(What&& what, std::source_location site = std::source_location::current()) {
        if (busy_) [[unlikely]]
            refuse(what(), site);
        busy_ = true;
        site_ = site;
        return Use(*this);
    }

    // Whether a use lasts.
    bool busy() const noexcept { return busy_; }
    // Where the use began that lasts, or was the last.
    const std::source_location& site() const noexcept { return site_; }

    static constexpr const char* held_thing = "a ResourceGuard's use";

private:
    friend class Holding<ResourceGuard>;

    void give_back() noexcept { busy_ = false; }
    void handed_on() const noexcept {}
    [[noreturn]] void refuse(const std::string& what, const std::source_location& site) const;
    [[noreturn]] void destroyed_while_busy() const noexcept;

    std::source_location site_{};
    bool busy_ = false;
};

} // namespace corduroy
