#pragma once

#include "bell.hpp"
#include "output/console.hpp"
#include "output/spool.hpp"

#include <corduroy/async/task.hpp>

#include <cstddef>
#include <deque>
#include <memory>

namespace fetch {

// Standard output as the URLs share it: their bodies in the order in which their spools were made, whichever comes
// first from the network.
class OrderedOutput {
public:
    // `changed` rings when less is held.
    OrderedOutput(Console& console, Bell& changed) noexcept : console_(console), changed_(changed) {}

    // The spool of the next URL.
    std::shared_ptr<Spool> add();
    // There are no more to be added.
    void finish() noexcept;

    // What waits in all spools together, in bytes.
    std::size_t held() const noexcept { return held_; }

    // Writes them all, and returns when the last is written. Throws IoError where standard output fails.
    corduroy::Task<> run();

private:
    Console& console_;
    Bell& changed_;
    std::size_t held_ = 0;
    std::deque<std::shared_ptr<Spool>> spools_;
    Bell bell_;
    bool finished_ = false;
};

} // namespace fetch
